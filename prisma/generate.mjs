import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Generation never runs the schema engine, it only wants a file where the engine would be: any file keeps it offline.
const here = fileURLToPath(new URL('.', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate'], {
  cwd: here,
  encoding: 'utf8',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: fileURLToPath(import.meta.url),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
});
if (status !== 0) {
  process.stderr.write(
    `${stdout}${stderr}\nThe Prisma client could not be generated from prisma/schema.prisma.\n`,
  );
}
process.exit(status ?? 1);
