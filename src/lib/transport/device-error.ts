/**
 * Turns what browsers throw at device calls into our words (`DeviceErrorCode`).
 * Knows DOMException names of Web Serial, WebUSB and Web Bluetooth, and nothing of screens.
 * Only transports call it.
 */
import { DeviceError, type DeviceErrorCode } from './transport.ts';

const CODE_OF_NAME: Readonly<Record<string, DeviceErrorCode>> = {
  // The person closed the chooser: both interfaces say NotFoundError.
  NotFoundError: 'permission-denied',
  NotAllowedError: 'permission-denied',
  SecurityError: 'permission-denied',
  // Web Serial: "The port is already open", also by another tab or program.
  InvalidStateError: 'busy',
  NotSupportedError: 'unsupported',
  TimeoutError: 'timeout',
};

/** `opening`: a NetworkError while opening means that somebody else holds the port. */
export function toDeviceError(cause: unknown, opening = false): DeviceError {
  if (cause instanceof DeviceError) return cause;
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  if (name === 'NetworkError') {
    return new DeviceError(opening ? 'busy' : 'disconnected', text, { cause });
  }
  return new DeviceError(CODE_OF_NAME[name] ?? 'io', text, { cause });
}
