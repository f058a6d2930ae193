import { isSettled, type Reason, type RunState } from '@flotilla/domain';
import type { LivePiece } from '@flotilla/events';
import { deadline } from '@flotilla/runtime';
import type { LogPiece, LogPlace, RunProgress } from '@flotilla/storage';
import { createPieceMerge, type Piece, type PieceMerge } from './merge-pieces.ts';
import { createPace } from './pace.ts';
import type { TailPlace } from './tail-place.ts';

/** What a reader of a log is told. `place` is where it is afterwards, and may come back to. */
export type Told =
  | { readonly kind: 'output'; readonly piece: Piece; readonly place: TailPlace }
  | { readonly kind: 'end'; readonly state: RunState; readonly reason: Reason | null };

export interface Tail {
  readonly runId: string;
  readonly from: TailPlace;
  /** Ends with this attempt; null: with the run. */
  readonly only: number | null;
  readonly signal: AbortSignal;
}

/** Ledger and log store, as a tail asks them. */
export interface TailLedger {
  progress(runId: string): Promise<RunProgress | null>;
  readFrom(runId: string, attempt: number, from: LogPlace): AsyncIterable<LogPiece>;
}

/** What is told of a run as it happens; all of it may be lost. */
export interface TailLine {
  isLive(): boolean;
  listen(runId: string, listener: TailLineListener): () => void;
}

export interface TailLineListener {
  piece(piece: LivePiece): void;
  runChanged(): void;
  /** NATS came, or went. */
  lineChanged(): void;
}

/** An attempt that is over may have told pieces that the store is still to get, or never will: they are waited for. */
const latePiecesMs = 3_000;

/**
 * What the turns of a run write, attempt by attempt, until the run is settled: each stream whole and in order. Live pieces
 * are heard before the store is read, so that nothing lies between the two; what a piece shows to be missing is read
 * from the store.
 */
export async function* followLog(tail: Tail, ledger: TailLedger, line: TailLine): AsyncGenerator<Told> {
  const { runId, signal } = tail;
  const pace = createPace(line.isLive, signal);
  let { attempt } = tail.from;
  let merge = createPieceMerge(tail.from);
  const leave = line.listen(runId, {
    runChanged: pace.hurry,
    lineChanged: pace.worry,
    piece(piece) {
      if (piece.attempt === attempt) merge.offerLive(piece);
      if (piece.attempt > attempt) pace.hurry();
      pace.wake();
    },
  });
  try {
    let overSince: ReturnType<typeof deadline> | null = null;
    while (!signal.aborted) {
      pace.look();
      const progress = await ledger.progress(runId); // before the store: what it had stored by then is read
      for await (const piece of ledger.readFrom(runId, attempt, merge.needed)) {
        merge.offerStored(piece);
        yield* outputs(merge, attempt);
      }
      yield* outputs(merge, attempt);
      if (progress === null) return;
      if (isOver(progress, attempt)) overSince ??= deadline(latePiecesMs);
      if (overSince !== null && (!merge.isBehind() || overSince.isOver())) {
        const { state, reason } = progress;
        const isLast = progress.attempt <= attempt && isSettled(state);
        if (isLast || attempt === tail.only) return yield { kind: 'end', state, reason };
        if (progress.attempt > attempt) {
          attempt += 1;
          merge = createPieceMerge({ stdout: 0, stderr: 0 });
          overSince = null;
          continue;
        }
      }
      const isPatient = overSince?.isOver() !== true;
      while (!signal.aborted && !(await pace.isTime(isPatient && merge.isBehind()))) {
        yield* outputs(merge, attempt);
      }
    }
  } finally {
    leave();
  }
}

function* outputs(merge: PieceMerge, attempt: number): Generator<Told> {
  for (let piece = merge.take(); piece !== undefined; piece = merge.take()) {
    yield { kind: 'output', piece, place: { attempt, ...merge.taken } };
  }
}

/** Whether nothing more is written by an attempt. */
function isOver({ state, attempt: present }: RunProgress, attempt: number): boolean {
  return present > attempt || isSettled(state) || (present === attempt && state !== 'running');
}
