/**
 * A byte pipe over TCP: serial-to-Ethernet converters, M-Bus gateways, simulated devices.
 *
 * It knows sockets and nothing of meters. A raw TCP converter holds the speed of its line itself,
 * so `open` with other settings keeps the connection; it cannot change what the converter does.
 * server/cli calls it.
 */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { ChunkQueue } from '#lib/transport/chunk-queue.ts';
import { DeviceError, type DeviceErrorCode } from '#lib/transport/transport.ts';
import type { Chunk, SerialSettings, Transport } from '#lib/transport/transport.ts';
import type { TransportStatus } from '#lib/transport/transport.ts';

/** A converter that is switched off answers nothing at all; the system would wait for minutes. */
const CONNECT_LIMIT_MS = 5000;
/** A peer that vanished without a word is found out by probes after this silence. */
const KEEP_ALIVE_MS = 10_000;

/** What the operating system says, in our words. */
const CODES: Readonly<Record<string, DeviceErrorCode>> = {
  // A converter that serves one client refuses the second.
  ECONNREFUSED: 'busy',
  EADDRINUSE: 'busy',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'disconnected',
  EPIPE: 'disconnected',
  EHOSTUNREACH: 'disconnected',
  ENETUNREACH: 'disconnected',
};

export type TcpOptions = {
  readonly connectLimitMs?: number;
  /** How a socket is made; tests give one that never connects. */
  readonly dial?: (options: NetConnectOpts) => Socket;
};
export type TcpAddress = { readonly host: string; readonly port: number };

/** Reads `host:port` or `tcp://host:port`, IPv6 in brackets; null when it is neither. */
export function tcpAddress(text: string): TcpAddress | null {
  const parts = /^(?:tcp:\/\/)?(\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})\/?$/i.exec(text.trim());
  const port = Number(parts?.[2]);
  if (!parts?.[1] || port < 1 || port > 65_535) return null;
  return { host: parts[1].replace(/^\[|\]$/g, ''), port };
}

export class TcpTransport implements Transport {
  readonly name: string;
  readonly #address: TcpAddress;
  readonly #connectLimitMs: number;
  readonly #dial: NonNullable<TcpOptions['dial']>;
  #status: TransportStatus = 'closed';
  #queue = new ChunkQueue();
  #socket: Socket | null = null;
  #opening: Promise<void> | null = null;

  constructor(address: TcpAddress, options: TcpOptions = {}) {
    this.#address = address;
    this.#connectLimitMs = options.connectLimitMs ?? CONNECT_LIMIT_MS;
    this.#dial = options.dial ?? connect;
    this.name = `TCP ${address.host}:${address.port}`;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  async open(_settings: SerialSettings): Promise<void> {
    if (this.#status === 'open') return;
    this.#opening ??= this.#connect().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Resolves when the system has taken the bytes. Throws `disconnected`. */
  write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (this.#status !== 'open' || !socket) {
      return Promise.reject(new DeviceError('disconnected', 'The connection is not open.'));
    }
    return new Promise((done, failed) => {
      // Copied: the socket may send after the caller has filled the buffer anew.
      socket.write(bytes.slice(), (cause) => {
        if (cause) failed(toTcpError(cause));
        // Node calls back without an error for what a destroyed socket never sent.
        else if (socket.destroyed) failed(new DeviceError('disconnected', 'The connection ended.'));
        else done();
      });
    });
  }

  read(): AsyncIterable<Chunk> {
    return this.#queue.read();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    this.#status = 'closed';
    if (socket && !socket.destroyed) {
      const closed = once(socket, 'close').catch(() => {});
      socket.destroySoon();
      // A peer that takes nothing must not hold the end back.
      const timer = setTimeout(() => socket.destroy(), this.#connectLimitMs);
      await closed;
      clearTimeout(timer);
    }
    this.#queue.end();
  }

  async #connect(): Promise<void> {
    this.#status = 'opening';
    this.#queue = new ChunkQueue();
    const { host, port } = this.#address;
    const socket = this.#dial({ host, port, noDelay: true });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#socket = socket;
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(this.#connectLimitMs) });
    } catch (cause) {
      socket.on('error', () => {});
      socket.destroy();
      if (this.#socket === socket) this.#status = 'closed';
      throw toTcpError(cause);
    }
    if (this.#socket !== socket) {
      socket.destroy();
      throw new DeviceError('disconnected', 'Closed while connecting.');
    }
    this.#listen(socket);
    this.#status = 'open';
  }

  #listen(socket: Socket): void {
    const queue = this.#queue;
    let why = 'The other side closed the connection.';
    socket.on('data', (bytes: Buffer) => queue.push(Uint8Array.from(bytes), Date.now()));
    socket.on('error', (cause) => (why = cause.message));
    // Half a connection is none: a converter that ends its side has let the line go.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#status = 'lost';
      queue.fail(new DeviceError('disconnected', why));
    });
  }
}

function toTcpError(cause: unknown): DeviceError {
  const { name, code, message } = cause as { name?: string; code?: string; message?: string };
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new DeviceError('timeout', 'The address does not answer.', { cause });
  }
  const word = CODES[code ?? ''] ?? (code?.startsWith('ERR_STREAM') ? 'disconnected' : 'io');
  return new DeviceError(word, message ?? String(cause), { cause });
}
