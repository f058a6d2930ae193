import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './step.mjs';

/** Makes the Prisma client where it is missing or was made from another schema or by another Prisma. */
export function generateClient(root) {
  const stampPath = join(root, 'prisma/src/generated/.made-from');
  const stamp = hashOf([join(root, 'prisma/schema.prisma'), join(root, 'node_modules/prisma/package.json')]);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) {
    return;
  }
  npm(
    'generating the Prisma client',
    ['run', '--silent', 'generate', '--workspace', '@flotilla/prisma'],
    root,
  );
  writeFileSync(stampPath, stamp);
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}
