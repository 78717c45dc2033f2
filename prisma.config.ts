import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// The command line wants a schema-engine binary before anything else, and would download it. This
// file is read first, so that no one has to set a variable; a real engine named outside wins.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(
  new URL('./tools/schema-engine.mjs', import.meta.url),
);

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  // `generate` needs no database; every other command is given its address by the launchers.
  datasource: {
    url: process.env['DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/kilter',
  },
});
