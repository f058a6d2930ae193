import { deadline, sleep } from '@flotilla/runtime';
import { compress, type LogChunk, lossMarker, type PlainLogChunk } from './log-chunk.ts';
import type { LogLimits } from './log-limits.ts';

/**
 * The port of the log store. It must settle by itself (TX-5), and take a chunk that it has already as success:
 * after a lost answer the same batch comes again.
 */
export type AppendLogChunks = (chunks: readonly LogChunk[]) => Promise<void>;

/** Brings the chunks of all turns of a worker to the store: in order, in batches, in bounded memory. */
export interface LogWriter {
  /**
   * Resolves when the chunk, and so all before it, is stored or lost. Null where the backlog is full and the chunk
   * was not taken; markers are always taken.
   */
  add(chunk: PlainLogChunk): Promise<void> | null;
  /** Resolves when there is room, or the store is stuck and nobody should wait for it. */
  room(): Promise<void>;
  /** Bytes that never reached the store. */
  lostBytes(): number;
  /** Gives up what is left. */
  stop(): void;
}

export interface LogWriterOptions {
  readonly append: AppendLogChunks;
  readonly limits: LogLimits;
  readonly onAppendFailed: (error: unknown) => void;
}

export function createLogWriter({ append, limits, onAppendFailed }: LogWriterOptions): LogWriter {
  const queue: Queued[] = [];
  let backlogBytes = 0;
  let lostBytes = 0;
  let isStuck = false;
  let isPumping = false;
  let waiting: (() => void)[] = [];
  const stopped = new AbortController();

  const letWaitingGoOn = (): void => {
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) {
      resolve();
    }
  };

  const setStuck = (): void => {
    isStuck = true;
    letWaitingGoOn();
  };

  const appendOnce = async (chunks: readonly LogChunk[]): Promise<boolean> => {
    const patience = setTimeout(setStuck, limits.patienceMs);
    try {
      await append(chunks);
      isStuck = false;
      return true;
    } catch (error) {
      setStuck();
      onAppendFailed(error);
      return false;
    } finally {
      clearTimeout(patience);
    }
  };

  /** False where the batch is given up. */
  const appendPatiently = async (chunks: readonly LogChunk[]): Promise<boolean> => {
    const giveUp = deadline(limits.giveUpAfterMs);
    for (let retryMs = limits.firstRetryMs; ; retryMs = Math.min(2 * retryMs, limits.longestRetryMs)) {
      if (await appendOnce(chunks)) {
        return true;
      }
      if (giveUp.isOver() || stopped.signal.aborted) {
        return false;
      }
      await sleep(retryMs, stopped.signal).catch(() => undefined);
    }
  };

  /** A chunk that is lost leaves its number to a marker, which is tried once more. */
  const lose = (batch: readonly Queued[]): void => {
    const lost = batch.map(({ chunk }) => chunk).filter((chunk) => !chunk.isMarker);
    const markers = lost.map(asMarker);
    lostBytes += size(lost);
    backlogBytes += size(markers);
    queue.unshift(...markers.map((chunk) => ({ chunk, settle: () => undefined })));
  };

  const pump = async (): Promise<void> => {
    isPumping = true;
    while (queue.length > 0) {
      const batch = queue.splice(0, limits.batchLimit);
      const chunks = batch.map(({ chunk }) => chunk);
      const isStored =
        !stopped.signal.aborted && (await appendPatiently(await Promise.all(chunks.map(compress))));
      if (!isStored) {
        lose(stopped.signal.aborted ? [] : batch);
      }
      backlogBytes -= size(chunks);
      for (const { settle } of batch) {
        settle();
      }
      if (backlogBytes < limits.pauseAboveBytes) {
        letWaitingGoOn();
      }
    }
    isPumping = false;
  };

  const enqueue = (chunk: PlainLogChunk): Promise<void> =>
    new Promise((settle) => {
      backlogBytes += chunk.bytes.length;
      queue.push({ chunk, settle });
      if (!isPumping) {
        void pump();
      }
    });

  return {
    add(chunk) {
      if (!chunk.isMarker && backlogBytes + chunk.bytes.length > limits.backlogLimitBytes) {
        lostBytes += chunk.bytes.length;
        return null;
      }
      return enqueue(chunk);
    },
    async room() {
      if (!isStuck && backlogBytes >= limits.pauseAboveBytes) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
    },
    lostBytes: () => lostBytes,
    stop() {
      stopped.abort();
      setStuck();
    },
  };
}

interface Queued {
  readonly chunk: PlainLogChunk;
  readonly settle: () => void;
}

function asMarker(chunk: PlainLogChunk): PlainLogChunk {
  return { ...chunk, bytes: lossMarker(chunk.bytes.length), isMarker: true };
}

function size(chunks: readonly PlainLogChunk[]): number {
  return chunks.reduce((bytes, chunk) => bytes + chunk.bytes.length, 0);
}
