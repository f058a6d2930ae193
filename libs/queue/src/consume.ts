import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { expectAnswers } from './connect.ts';
import type { Message } from './message.ts';
import { keyPrefix, queueName } from './names.ts';

/** What becomes of a message: it is done, it comes again at an instant, or another worker may have it at once. */
export type Verdict =
  | { readonly kind: 'done' }
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
  /** CL-4: messages that may be open at once; no more are fetched above it. */
  setConcurrency(concurrency: number): void;
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
  const worker = new Worker<Message>(
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
  );
  expectAnswers(connection); // BullMQ has made the copy that it blocks on
  worker.on('error', onError);
  let isClosing = false;
  return {
    setConcurrency(open) {
      worker.concurrency = Math.max(1, open);
    },
    pause: () => worker.pause(true), // CN-2: BullMQ still calls the processor after close()
    resume() {
      if (!isClosing) void worker.resume(); // reports what it meets as 'error'
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
    case 'later':
      await job.moveToDelayed(verdict.at, token);
      throw new DelayedError();
    case 'back':
      await job.moveToWait(token);
      throw new WaitingError();
  }
}

/** BullMQ sets the delay of a job to 0 when its time has come; its options keep what the hand-out asked for. */
function readyAt({ timestamp, opts, attemptsStarted }: Job<Message>): number | null {
  return opts.delay && attemptsStarted === 1 ? timestamp + opts.delay : null;
}
