import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, inject } from 'vitest';
import { connectRedis } from './connect.ts';
import { type ConsumeOptions, type Consumer, consume, type Verdict } from './consume.ts';
import { createEnqueuer, type Delivery, type Enqueuer } from './enqueue.ts';
import type { Message } from './message.ts';

/** For tests alone: pools of a test file's own on the shared Redis, and short ways to fill and empty them. */
export interface TestQueue {
  /** Bare commands. */
  readonly redis: Redis;
  readonly enqueuer: Enqueuer;
  /** A consumer with a connection of its own, as another process has. */
  consumer(pool: string, options?: Partial<ConsumeOptions>): Promise<TestConsumer>;
}

export interface TestConsumer extends Consumer {
  /** Runs whose messages came, in their order. */
  readonly came: readonly string[];
  readonly errors: readonly Error[];
  /** As kill -9: nothing is answered any more, no lock is renewed. */
  kill(): void;
}

export async function openTestQueue(url = inject('redisUrl')): Promise<TestQueue> {
  const closing: (() => unknown)[] = [];
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });
  const redis = await connectRedis(url, 'asking', () => undefined);
  const enqueuer = createEnqueuer(redis);
  closing.push(
    () => redis.disconnect(),
    () => enqueuer.close(),
  );
  return {
    redis,
    enqueuer,
    async consumer(pool, options = {}) {
      const connection = await connectRedis(url, 'blocking', () => undefined);
      const came: string[] = [];
      const errors: Error[] = [];
      const onMessage = options.onMessage ?? (() => Promise.resolve(done));
      const consumer = consume({
        connection,
        pool,
        concurrency: 10,
        onError: (error) => errors.push(error),
        ...options,
        onMessage(message, readyAt) {
          came.push(message.runId);
          return onMessage(message, readyAt);
        },
      });
      let isKilled = false;
      const kill = () => {
        isKilled = true;
        connection.disconnect();
        void consumer.close();
      };
      closing.push(async () => {
        if (!isKilled) await consumer.close();
        connection.disconnect();
      });
      return { ...consumer, came, errors, kill };
    },
  };
}

export const done: Verdict = { kind: 'done' };

/** A pool that no other test has. */
export function aPool(): string {
  return `pool-${randomUUID()}`;
}

/** A run that is due now, given to the queue for the first time. */
export function aDelivery(fields: Partial<Delivery> = {}): Delivery {
  return {
    runId: randomUUID(),
    attempt: 0,
    number: 1,
    dueAt: Date.now(),
    priority: null,
    idempotencyKey: randomUUID().replaceAll('-', ''),
    ...fields,
  };
}

/** A promise that the test settles. */
export function gate<Value = void>() {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** An onMessage whose messages wait for the test; `next` gives the next message that came. */
export function heldMessages() {
  const arrivals: { message: Message; answer: (verdict: Verdict) => void }[] = [];
  const waiting: ((arrival: (typeof arrivals)[number]) => void)[] = [];
  return {
    onMessage(message: Message): Promise<Verdict> {
      const { open, opened } = gate<Verdict>();
      const arrival = { message, answer: open };
      const heard = waiting.shift();
      if (heard === undefined) arrivals.push(arrival);
      else heard(arrival);
      return opened;
    },
    next(): Promise<(typeof arrivals)[number]> {
      const arrival = arrivals.shift();
      if (arrival !== undefined) return Promise.resolve(arrival);
      return new Promise((resolve) => waiting.push(resolve));
    },
    /** Messages that came and were not asked for. */
    unseen: () => arrivals.length,
  };
}
