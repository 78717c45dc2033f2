/**
 * What a browser loads to hear radio meters: builds the reader's radio modules alone and reads from
 * the build which module went where.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = 'virtual:radio';
/** Protocols that a round by radio does not need. */
const LAZY = ['dlms', 'sml', 'dsmr', 'modbus', 'iec62056-21'] as const;

export type LoadedCode = {
  /** Bytes in gzip of the chunks that load at once. */
  readonly gzip: number;
  /** Paths of the modules in them, relative to src/lib. */
  readonly modules: readonly string[];
  readonly laterModules: readonly string[];
};

const isChunk = (file: { readonly type: string }): file is Rolldown.OutputChunk =>
  file.type === 'chunk';

/** The chunks that `code`, the text of an entry module, loads without being asked again. */
export async function loadedBy(code: string): Promise<LoadedCode> {
  const built = await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    publicDir: false,
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === ENTRY ? join(ROOT, 'src/radio-entry.ts') : null),
        load: (id) => (id.endsWith('radio-entry.ts') ? code : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict' },
    },
  });
  if (!('output' in built)) throw new Error('Vite gave no single build');
  const chunks = new Map(built.output.filter(isChunk).map((chunk) => [chunk.fileName, chunk]));
  const first = new Set<Rolldown.OutputChunk>();
  const visit = (name: string): void => {
    const chunk = chunks.get(name);
    if (!chunk || first.has(chunk)) return;
    first.add(chunk);
    chunk.imports.forEach(visit);
  };
  for (const chunk of chunks.values()) if (chunk.isEntry) visit(chunk.fileName);
  const later = [...chunks.values()].filter((chunk) => !first.has(chunk));
  const texts = [...first].map((chunk) => gzipSync(chunk.code, { level: 9 }).length);
  return {
    gzip: texts.reduce((sum, bytes) => sum + bytes, 0),
    modules: modulesOf([...first]),
    laterModules: modulesOf(later),
  };
}

/** Modules of which anything is left after unused code fell out. */
const modulesOf = (chunks: readonly Rolldown.OutputChunk[]): readonly string[] =>
  chunks.flatMap(({ modules }) =>
    Object.entries(modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([id]) => id.replace(/^.*\/src\/lib\//, '')),
  );

/** What is wrong with `loaded`; empty when the radio code is small and alone. */
export function radioComplaints(loaded: LoadedCode, limit: number): readonly string[] {
  const strangers = loaded.modules.filter((path) =>
    LAZY.some((name) => path.startsWith(`meters/${name}/`)),
  );
  const size = `The radio codecs take ${loaded.gzip} bytes in gzip; ${limit} are allowed.`;
  return [
    ...(loaded.gzip > limit ? [size] : []),
    ...strangers.map((path) => `${path} loads with the radio codecs; import it where it is used.`),
  ];
}
