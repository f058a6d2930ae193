import { write } from 'node:fs';

/** Lines that wait for a reader of stderr that does not read; further ones are dropped. */
const longestQueue = 100;
const flushMs = 1_000;

/** What the guard did, one JSON line each on stderr. */
export interface Deeds {
  tell(text: string, facts?: Readonly<Record<string, unknown>>): void;
  /** Resolves when all is written, or after a second: nobody's death waits for a reader of lines. */
  written(): Promise<void>;
}

/**
 * Lines are written one after the other and beside the guard's own work: stderr is the worker's, and whoever reads it may
 * be gone or stand still.
 */
export function createDeeds(worker: string, fd = 2): Deeds {
  const queue: string[] = [];
  let isWriting = false;
  let onWritten: (() => void) | undefined;

  function writeNext(): void {
    const line = queue.shift();
    isWriting = line !== undefined;
    if (line === undefined) onWritten?.();
    else write(fd, line, writeNext); // nobody reads any more: the next one finds out by itself
  }

  return {
    tell(text, facts = {}) {
      if (queue.length >= longestQueue) return;
      const line = { level: 40, time: Date.now(), name: 'guard', worker, ...facts, msg: text };
      queue.push(`${JSON.stringify(line)}\n`);
      if (!isWriting) writeNext();
    },
    written: () =>
      new Promise((resolve) => {
        if (!isWriting) return resolve();
        onWritten = resolve;
        setTimeout(resolve, flushMs);
      }),
  };
}
