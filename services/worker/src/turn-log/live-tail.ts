import { type connectNats, createLogPublisher, onTail, tailLastsMs } from '@flotilla/events';
import type { PlainLogChunk } from './log-chunk.ts';

type Connection = Awaited<ReturnType<typeof connectNats>>;

/** A sealed chunk, as those see it who follow the log. */
export type SealedPiece = Pick<PlainLogChunk, 'runId' | 'attempt' | 'stream' | 'seq' | 'bytes'>;

/** Tells those who follow a log what was sealed, over NATS; for all others nothing leaves the worker. */
export interface LiveTail {
  /** Takes up a new connection, in place of one that was lost. */
  connect(nats: Connection): void;
  /** LG-1: without NATS, or where nobody follows the run, this does nothing; it never throws and never waits. */
  publish(piece: SealedPiece): void;
}

/** Runs that are followed at once, as far as one worker remembers; others are read from the log store. */
const maxFollowedRuns = 1_000;

export function createLiveTail(nowMs: () => number = () => performance.now()): LiveTail {
  /** Until when, in the order of hearing. */
  const followed = new Map<string, number>();
  let publishPiece: ReturnType<typeof createLogPublisher> | null = null;

  function follow(runId: string): void {
    followed.delete(runId);
    followed.set(runId, nowMs() + tailLastsMs);
    for (const [run, untilMs] of followed) {
      if (followed.size <= maxFollowedRuns && untilMs > nowMs()) return;
      followed.delete(run);
    }
  }

  return {
    connect(nats) {
      publishPiece = createLogPublisher(nats);
      onTail(nats, follow);
    },
    publish(piece) {
      if ((followed.get(piece.runId) ?? 0) > nowMs()) publishPiece?.(piece);
    },
  };
}
