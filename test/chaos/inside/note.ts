import { appendFileSync } from 'node:fs';

/** One thing that a worker or a turn did. Instants are epoch milliseconds. */
export type Mark =
  /** A turn, as it says so itself: it began, it was at work, it had its effect, it ended. */
  | {
      readonly kind: 'start' | 'work' | 'effect' | 'end';
      readonly place: 'inside' | 'sink';
      readonly at: number;
      readonly runId: string;
      readonly attempt: number;
      readonly pid: number;
    }
  /** A claim was answered: for the attempt that it was offered, this one was started. */
  | {
      readonly kind: 'claimed';
      readonly at: number;
      readonly runId: string;
      readonly offered: number;
      readonly handOut: number;
      readonly attempt: number;
      readonly pid: number;
    }
  /** A claim was answered: the run is somebody else's, or has moved on. */
  | {
      readonly kind: 'declined';
      readonly at: number;
      readonly runId: string;
      /** The attempt that it would have started. */
      readonly attempt: number;
      readonly token: string;
      readonly pid: number;
    }
  /** A result was offered, and this was the answer. */
  | {
      readonly kind: 'settled';
      readonly at: number;
      readonly runId: string;
      readonly attempt: number;
      readonly pid: number;
      readonly outcome: string;
      readonly answer: string;
    };

type Unsigned<Of> = Of extends Mark ? Omit<Of, 'at' | 'pid'> : never;

/** Appends a mark in one write: lines of several processes do not mix. */
export function note(file: string, mark: Unsigned<Mark>): void {
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), pid: process.pid, ...mark })}\n`);
}
