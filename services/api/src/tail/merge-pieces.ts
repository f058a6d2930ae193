import type { LogPiece, LogPlace } from '@flotilla/storage';

/** Some bytes of a log. The same number in the same stream is the same piece, wherever it comes from. */
export type Piece = Pick<LogPiece, 'stream' | 'seq'> & { readonly bytes: Uint8Array };

/** Puts the pieces of one attempt in order, each once, whatever is lost or comes twice on the way. */
export interface PieceMerge {
  /** The next number of each stream that is needed: all before were taken, or wait to be. */
  readonly needed: LogPlace;
  /** As far as pieces were taken. */
  readonly taken: LogPlace;
  /** From the worker, over a line that may lose, double and disorder. */
  offerLive(piece: Piece): void;
  /** From the log store, which gives them by number: what it leaves out between two it will never have. */
  offerStored(piece: Piece): void;
  /** The next piece; undefined where it is not here yet. */
  take(): Piece | undefined;
  /** Something is known to be missing that the store has, or is about to get. */
  isBehind(): boolean;
}

/** Live pieces that wait for those before them, or for a slow reader; what is more is read from the store. */
const maxWaitingBytes = 1024 * 1024;

export function createPieceMerge(from: LogPlace, capacityBytes: number = maxWaitingBytes): PieceMerge {
  const needed = { ...from };
  const taken = { ...from };
  const ahead = { stdout: new Map<number, Piece>(), stderr: new Map<number, Piece>() };
  const ready: Piece[] = [];
  /** The number behind the last piece that there is, as far as anything was heard of it. */
  const known = { ...from };
  let waitingBytes = 0;

  /** Moves on over all that is here. */
  function advance({ stream }: Piece): void {
    for (let next = take(); next !== undefined; next = take()) {
      ready.push(next);
      needed[stream] += 1;
    }
    function take(): Piece | undefined {
      const next = ahead[stream].get(needed[stream]);
      ahead[stream].delete(needed[stream]);
      return next;
    }
  }

  function keep(piece: Piece): void {
    ahead[piece.stream].set(piece.seq, piece);
    waitingBytes += piece.bytes.length;
    advance(piece);
  }

  /** False where it is here already, or was. */
  function isNew({ stream, seq }: Piece): boolean {
    known[stream] = Math.max(known[stream], seq + 1);
    return seq >= needed[stream] && !ahead[stream].has(seq);
  }

  return {
    needed,
    taken,
    offerLive(piece) {
      if (isNew(piece) && waitingBytes + piece.bytes.length <= capacityBytes) keep(piece);
    },
    offerStored(piece) {
      const { stream, seq } = piece;
      while (needed[stream] < seq) {
        needed[stream] += 1; // lost, or here already from the worker
        advance(piece);
      }
      if (isNew(piece)) keep(piece);
    },
    take() {
      const piece = ready.shift();
      if (piece === undefined) return undefined;
      waitingBytes -= piece.bytes.length;
      taken[piece.stream] = piece.seq + 1;
      return piece;
    },
    isBehind: () => needed.stdout < known.stdout || needed.stderr < known.stderr,
  };
}
