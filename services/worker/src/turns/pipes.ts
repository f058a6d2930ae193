import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One pipe: our end to read from, and the end for the turn, which is ours to close once the turn has it. */
export interface Pipe {
  readonly output: Socket;
  readonly writeEnd: number;
}

/** FIFOs that one `mkfifo` makes ahead. */
const batchSize = 64;

const run = promisify(execFile);

/**
 * Makes pipes. Node gives its children sockets, and `echo … > /dev/stderr` in a script fails on a socket (ENXIO);
 * a FIFO whose name is removed once both ends are open is a pipe.
 *
 * @returns a function that makes one; it throws a system error where the folder allows no FIFO
 */
export function createPipes(folder: string): () => Promise<Pipe> {
  let ready: string[] = [];
  let made = 0;
  let making: Promise<void> | null = null;

  const makeBatch = async (): Promise<void> => {
    const names = Array.from({ length: batchSize }, (_, index) => join(folder, `${made + index}`));
    made += batchSize;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await run('mkfifo', ['-m', '600', ...names]);
    ready = names;
  };

  return async () => {
    for (;;) {
      const name = ready.pop();
      if (name !== undefined) {
        return openPipe(name);
      }
      making ??= makeBatch().finally(() => {
        making = null;
      });
      await making;
    }
  };
}

function openPipe(name: string): Pipe {
  // Our end first and without blocking: the other end then opens at once.
  const readEnd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeEnd = openSync(name, constants.O_WRONLY);
    return { output: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  } finally {
    unlinkSync(name);
  }
}
