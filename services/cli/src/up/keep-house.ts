import { utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Installation } from '../installation.ts';
import { boundLogs } from './process-log.ts';

const LOGS_EVERY_MS = 5_000;
const BUNDLE_EVERY_MS = 600_000;

/**
 * While a fleet runs: holds its logs to their bound, and marks its bundles as in use, so that the builds of
 * other commands do not remove the files that a process would be started from again. Returns what ends it.
 */
export function keepHouse(logs: string, installation: Installation): () => void {
  const bundles = dirname(installation.serviceMain('worker'));
  const timers = [
    setInterval(() => void boundLogs(logs).catch(() => undefined), LOGS_EVERY_MS),
    setInterval(() => void utimes(bundles, new Date(), new Date()).catch(() => undefined), BUNDLE_EVERY_MS),
  ];
  return () => timers.forEach(clearInterval);
}
