import { copyFile, type FileHandle, open, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** A log grows to this, then becomes `<name>.log.1` in place of the one before: twice this on disk at most. */
export const MAX_LOG_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

export function logPath(folder: string, name: string): string {
  return join(folder, `${name}.log`);
}

/** For appending. The process writes to it itself: a pipe through us would end with us, and take it along. */
export async function openLog(folder: string, name: string): Promise<FileHandle> {
  return open(logPath(folder, name), 'a', 0o600);
}

/**
 * Holds all logs of a folder to the bound. Copied and emptied, since the writers keep their descriptors (in
 * append mode); lines that are written between the two are lost.
 */
export async function boundLogs(folder: string, maxBytes = MAX_LOG_BYTES): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.log') && (await stat(path)).size > maxBytes) {
      await copyFile(path, `${path}.1`);
      await truncate(path);
    }
  }
}

/** The last lines that a process wrote, from the `since`th byte of its log on. */
export async function lastLines(folder: string, name: string, count: number, since = 0): Promise<string[]> {
  const log = await open(logPath(folder, name), 'r');
  try {
    const { size } = await log.stat();
    const start = Math.max(size - TAIL_BYTES, since <= size ? since : 0);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').filter(Boolean).slice(-count);
  } finally {
    await log.close();
  }
}
