import type { Redis } from 'ioredis';
import { type Message, messageId } from './message.ts';
import { openQueues } from './queues.ts';

/** HO-1: how long before it is due a run is given to a worker, which waits for the exact moment on its own timer. */
export const earlyMs = 150;

/** Finished jobs that Bull Board can still show, per queue; the ledger has all of them. */
export const keptJobs = 200;

export interface Delivery extends Message {
  readonly idempotencyKey: string;
  /** −100 to 100, higher is sooner; null: the pool knows no priorities. */
  readonly priority: number | null;
}

export interface Enqueuer {
  /**
   * Gives runs to a pool's queue. `now` is the database's clock: BullMQ adds the delay to it, so that a scheduler's
   * own clock does not count (HO-1). `lagMs` is how much earlier the pool's slowest worker needs them.
   */
  enqueue(pool: string, deliveries: readonly Delivery[], now: number, lagMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Gives runs to BullMQ over an `asking` connection: what is not answered fails, and is for the caller to repeat. */
export function createEnqueuer(connection: Redis): Enqueuer {
  const queues = openQueues(connection);
  return {
    async enqueue(pool, deliveries, now, lagMs) {
      const queue = await queues.of(pool);
      await queue.addBulk(deliveries.map((delivery) => jobOf(delivery, now, lagMs)));
    },
    close: () => queues.close(),
  };
}

/** HO-4: BullMQ's own 0 is the highest and starves the rest, and lower is sooner. */
const queuePriority = (priority: number) => 1_000 - priority;

function jobOf(
  { idempotencyKey, dueAt, priority, runId, attempt, number }: Delivery,
  now: number,
  lagMs: number,
) {
  return {
    name: 'run',
    data: { runId, attempt, number, dueAt },
    opts: {
      jobId: messageId(idempotencyKey, number),
      timestamp: now,
      ...(priority === null ? {} : { priority: queuePriority(priority) }),
      delay: Math.max(0, dueAt - now - earlyMs - lagMs),
      removeOnComplete: { count: keptJobs },
      removeOnFail: { count: keptJobs },
    },
  };
}
