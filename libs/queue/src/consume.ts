import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { expectAnswers } from './connect.ts';
import type { Message } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/**
 * What becomes of a message: it is done, it comes again at an instant, or another worker may have it at once. `failed` is
 * done too, for those who look at the queue: what follows from it stands in the ledger.
 */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'later'; readonly at: number }
  | { readonly kind: 'back' };

export interface ConsumeOptions {
  readonly connection: Redis;
  readonly pool: string;
  readonly concurrency: number;
  /** Nothing is fetched before the first `resume`. */
  readonly isPaused?: boolean;
  /**
   * Called for each message, which lives in Redis until this ends. `readyAt`: the instant on the database's clock that
   * it was delayed to; null where it was not, or comes again.
   */
  readonly onMessage: (message: Message, readyAt: number | null) => Promise<Verdict>;
  readonly onError: (error: Error) => void;
}

export interface Consumer {
  /** CL-4: messages that may be open at once; no more are fetched above it, and with 0 none at all. */
  setConcurrency(concurrency: number): void;
  /** A higher concurrency counts at once. Left to itself BullMQ looks at it when a message ends. */
  look(): void;
  /** No further message is fetched; those that are open go on. */
  pause(): Promise<void>;
  /** Messages are fetched again. Calling it while they are changes nothing. */
  resume(): void;
  /** Waits until Redis has the verdicts on the messages that are open, but no longer than `closeMs`. */
  close(): Promise<void>;
}

const closeMs = 5_000;

/** RB-1: between fetch and claim nobody owns a run; a dead worker's messages come back after about 6 s. */
const lockMs = 6_000;
const stalledCheckMs = 2_000;
const stalledForEver = 1_000;

/** Fetches a pool's messages. A lost lock is no error: the claim decides who has the run. */
export function consume(options: ConsumeOptions): Consumer {
  const { connection, pool, concurrency, isPaused = false, onMessage, onError } = options;
  const worker = expectAnswers(
    connection,
    () =>
      new Worker<Message>(
        queueName(pool),
        async (job, token) => carryOut(job, token, await onMessage(job.data, readyAt(job))),
        {
          connection,
          prefix: keyPrefix,
          concurrency,
          autorun: !isPaused,
          lockDuration: lockMs,
          stalledInterval: stalledCheckMs,
          maxStalledCount: stalledForEver,
          runRetryDelay: 1_000,
        },
      ),
  );
  worker.on('error', onError);
  let isWanted = !isPaused;
  let hasRoom = true;
  let isClosing = false;

  async function follow(): Promise<void> {
    if (isClosing) return;
    // CN-2: BullMQ still calls the processor after close(). What resuming meets is reported as 'error'.
    await (isWanted && hasRoom ? worker.resume() : worker.pause(true));
  }
  return {
    setConcurrency(open) {
      if (open > 0) worker.concurrency = open;
      if (hasRoom === open > 0) return;
      hasRoom = open > 0;
      void follow();
    },
    look() {
      // Being resumed wakes its loop, which sleeps while as many messages are open as may be.
      if (!isClosing && isWanted && hasRoom) void Promise.all([worker.pause(true), worker.resume()]);
    },
    pause() {
      isWanted = false;
      return follow();
    },
    resume() {
      isWanted = true;
      void follow();
    },
    async close() {
      isClosing = true;
      await Promise.race([worker.close(), sleep(closeMs, undefined, { ref: false })]);
    },
  };
}

async function carryOut(job: Job<Message>, token: string | undefined, verdict: Verdict): Promise<void> {
  switch (verdict.kind) {
    case 'done':
      return;
    case 'failed':
      throw failure(verdict.why);
    case 'later':
      await job.moveToDelayed(verdict.at, token);
      throw new DelayedError();
    case 'back':
      await job.moveToWait(token);
      throw new WaitingError();
  }
}

/** BullMQ tries it no further time; it keeps the reason, and no trace of where in our sources it was thrown. */
function failure(why: string): UnrecoverableError {
  const error = new UnrecoverableError(why);
  error.stack = '';
  return error;
}

/** BullMQ sets the delay of a job to 0 when its time has come; its options keep what the hand-out asked for. */
function readyAt({ timestamp, opts, attemptsStarted }: Job<Message>): number | null {
  return opts.delay && attemptsStarted === 1 ? timestamp + opts.delay : null;
}
