import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './step.mjs';

/** Runs `npm ci` where node_modules is missing or is not what package-lock.json asks for. */
export function installDependencies(root) {
  if (!isFresh(root)) {
    npm('installing dependencies', ['ci', '--no-audit', '--no-fund'], root);
  }
}

/**
 * npm writes what it has installed into node_modules/.package-lock.json, and writes it last: comparing the
 * two also believes an install that somebody ran by hand, and not one that was broken off.
 */
function isFresh(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional, devOptional }]) =>
      !path.includes('node_modules/') ||
      optional === true ||
      devOptional === true ||
      (installed[path]?.version === version && installed[path]?.integrity === integrity),
  );
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {}; // missing or half written: nothing is installed
  }
}
