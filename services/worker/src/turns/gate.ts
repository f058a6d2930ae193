import type { Socket } from 'node:net';

/**
 * The worker's end of descriptor 4 of a turn's wrapper. The wrapper writes the pid of the keeper and waits for a line;
 * the turn itself does not have the descriptor, the keeper keeps it: its end tells that the keeper has ended.
 */
export interface Gate {
  /** Resolves with the keeper's pid; null where the wrapper has ended without one, or somebody shut the gate. */
  readonly keeper: Promise<number | null>;
  /** The pid of a keeper that is there and was not seen to end. */
  keeperPid(): number | null;
  readonly keeperEnded: Promise<void>;
  /** GD-1: lets the turn begin. */
  open(): void;
  /** The wrapper kills its group instead of becoming the turn. */
  shut(): void;
}

/** A pid and its line end are shorter. */
const longestLine = 32;

export function createGate(socket: Socket): Gate {
  let pid: number | null = null;
  let text = '';
  const keeperEnded = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const keeper = new Promise<number | null>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      if (text.length < longestLine) text += chunk.toString('latin1');
      const told = /^(\d+)\n/.exec(text)?.[1];
      if (told === undefined) return;
      pid = Number(told);
      resolve(pid);
    });
    void keeperEnded.then(() => {
      pid = null;
      resolve(null);
    });
  });
  socket.on('error', () => undefined); // the other end is gone, which the close tells
  return {
    keeper,
    keeperPid: () => pid,
    keeperEnded,
    open: () => void socket.write('\n'),
    shut: () => void socket.destroy(),
  };
}
