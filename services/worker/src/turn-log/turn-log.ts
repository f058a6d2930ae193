import { withTimeLimit } from '@flotilla/runtime';
import { type ByteBlock, createByteBlock } from './byte-block.ts';
import type { SealedPiece } from './live-tail.ts';
import { chunkLimitBytes, type LogStream, lossMarker, markerLimitBytes } from './log-chunk.ts';
import type { LogWriter } from './log-writer.ts';

/** Takes what a turn writes. No trouble of the log is the turn's: nothing here throws, or rejects, or waits long. */
export interface TurnLog {
  /** Takes the bytes at once. */
  write(stream: LogStream, chunk: Buffer): void;
  /** Resolves at once, but for the writer of a flood that should wait for the store before it goes on. */
  room(): Promise<void>;
}

/** The log of one attempt, while it runs. */
export interface OpenTurnLog extends TurnLog {
  /** Hands over what was written since the last time. */
  seal(): void;
  /** Seals, and resolves when all is stored or lost, at the latest after the writer's `closeWithinMs`. */
  close(): Promise<void>;
}

export interface TurnLogOptions {
  readonly runId: string;
  readonly attempt: number;
  readonly writer: LogWriter;
  /** Told of each chunk that the writer took, with the bytes that the store gets. Must not throw. */
  readonly onSealed: (piece: SealedPiece) => void;
  readonly closeWithinMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Collects the bytes of one attempt, already masked, and hands them to the writer in numbered chunks. */
export function createTurnLog(options: TurnLogOptions): OpenTurnLog {
  const streams = { stdout: createStreamLog('stdout', options), stderr: createStreamLog('stderr', options) };
  const seal = () => {
    streams.stdout.seal();
    streams.stderr.seal();
  };
  return {
    write(stream, chunk) {
      streams[stream].write(chunk);
    },
    room: options.writer.room,
    seal,
    async close() {
      seal();
      const stored = Promise.all([streams.stdout.close(), streams.stderr.close()]);
      // What is not stored by then stays with the writer; the run does not wait for it.
      await withTimeLimit(options.closeWithinMs, stored).catch(() => undefined);
    },
  };
}

function createStreamLog(stream: LogStream, { runId, attempt, writer, onSealed, now }: TurnLogOptions) {
  let block: ByteBlock | null = null;
  let beganAt = 0;
  let seq = 0;
  let lostBytes = 0;
  let stored: Promise<void> = Promise.resolve();

  const add = (bytes: Buffer, isMarker: boolean): boolean => {
    const accepted = writer.add({ runId, attempt, stream, seq, at: beganAt, bytes, isMarker });
    if (accepted === null) {
      return false;
    }
    stored = accepted;
    onSealed({ runId, attempt, stream, seq, bytes });
    seq += 1;
    lostBytes = 0;
    return true;
  };

  const seal = (): void => {
    const bytes = block?.bytes();
    block = null;
    if (bytes === undefined) {
      return;
    }
    const marked = lostBytes === 0 ? bytes : Buffer.concat([lossMarker(lostBytes), bytes]);
    if (!add(marked, false)) {
      lostBytes += bytes.length;
    }
  };

  const write = (chunk: Buffer): void => {
    for (let rest = chunk; rest.length > 0; ) {
      if (block === null) {
        block = createByteBlock(chunkLimitBytes - markerLimitBytes);
        beganAt = now();
      }
      rest = block.write(rest);
      if (rest.length > 0) {
        seal();
      }
    }
  };

  const close = (): Promise<void> => {
    if (lostBytes > 0) {
      add(lossMarker(lostBytes), true);
    }
    return stored;
  };

  return { write, seal, close };
}
