import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { connectRedis } from './connect.ts';
import { consume } from './consume.ts';
import { earlyMs } from './enqueue.ts';
import { aDelivery, aPool, done, gate, heldMessages, openTestQueue } from './test-queue.ts';

const { redis, enqueuer, consumer } = await openTestQueue();

const lengthOf = (pool: string, list: 'wait' | 'active') => redis.llen(`flotilla:${pool}:${list}`);

test('a message that is done is gone', async () => {
  const pool = aPool();
  const { came } = await consumer(pool);
  const deliveries = [aDelivery(), aDelivery()];
  await enqueuer.enqueue(pool, deliveries, Date.now(), 0);
  await expect.poll(() => redis.zcard(`flotilla:${pool}:completed`)).toBe(2);
  expect(came).toEqual(deliveries.map(({ runId }) => runId));
  expect([await lengthOf(pool, 'wait'), await lengthOf(pool, 'active')]).toEqual([0, 0]);
});

test('a message that is to come later comes again at its time, and not before', async () => {
  const pool = aPool();
  const at = Date.now() + 300;
  const cameAgain = gate<number>();
  await enqueuer.enqueue(pool, [aDelivery()], Date.now(), 0);
  await consumer(pool, {
    onMessage: async (_message, readyAt) => {
      if (Date.now() < at) return { kind: 'later', at };
      cameAgain.open(Date.now());
      expect(readyAt).toBeNull();
      return done;
    },
  });
  expect(await cameAgain.opened).toBeGreaterThanOrEqual(at);
});

test('a message that is given back is at once another consumer’s', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  const first = await consumer(pool, { onMessage, concurrency: 1 });
  await enqueuer.enqueue(pool, [aDelivery()], Date.now(), 0);
  const { answer } = await next();
  await first.pause();
  const second = await consumer(pool);
  answer({ kind: 'back' });
  await expect.poll(() => second.came).toHaveLength(1);
  expect(first.came).toHaveLength(1);
});

test('CN-2 after a pause no further message is kept, and those that are open go on', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  const paused = await consumer(pool, { onMessage, concurrency: 1 });
  await enqueuer.enqueue(pool, [aDelivery(), aDelivery()], Date.now(), 0);
  const { answer } = await next();
  await paused.pause();
  answer(done);
  await expect.poll(() => redis.zcard(`flotilla:${pool}:completed`)).toBe(1);
  const other = await consumer(pool);
  await expect.poll(() => other.came).toHaveLength(1);
  expect(paused.came).toHaveLength(1);
});

test('CL-5 a consumer that begins paused, or was paused, fetches again once it is resumed', async () => {
  const pool = aPool();
  const paused = await consumer(pool, { isPaused: true });
  const put = () => enqueuer.enqueue(pool, [aDelivery()], Date.now(), 0);
  await put();
  expect([paused.came, await lengthOf(pool, 'wait')]).toEqual([[], 1]);
  paused.resume();
  paused.resume();
  await expect.poll(() => paused.came).toHaveLength(1);
  await paused.pause();
  await put();
  paused.resume();
  await expect.poll(() => paused.came).toHaveLength(2);
  await put();
  await expect.poll(() => paused.came).toHaveLength(3);
});

test('CN-2 closing waits until Redis has the verdicts', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  let isDraining = false;
  const closing = await consumer(pool, {
    // What a fetch that was under way still brings is given back at once, as a draining worker does.
    onMessage: (message) => (isDraining ? Promise.resolve({ kind: 'back' }) : onMessage(message)),
  });
  await enqueuer.enqueue(pool, [aDelivery(), aDelivery()], Date.now(), 0);
  const [first, second] = [await next(), await next()];
  isDraining = true;
  await closing.pause();
  const closed = closing.close();
  first.answer({ kind: 'back' });
  second.answer(done);
  await closed;
  expect([await lengthOf(pool, 'wait'), await lengthOf(pool, 'active')]).toEqual([1, 0]);
});

test('HO-1 a first delivery says what it was delayed to; one that was not delayed says nothing', async () => {
  const pool = aPool();
  const now = Date.now();
  const delayed = aDelivery({ dueAt: now + earlyMs + 200 });
  const due = aDelivery({ dueAt: now });
  const readyAts = new Map<string, number | null>();
  await enqueuer.enqueue(pool, [delayed, due], now, 0);
  await consumer(pool, {
    onMessage: async ({ runId }, readyAt) => {
      readyAts.set(runId, readyAt);
      return done;
    },
  });
  await expect.poll(() => readyAts.size).toBe(2);
  expect(readyAts.get(delayed.runId)).toBe(now + 200);
  expect(readyAts.get(due.runId)).toBeNull();
});

test('CL-4 no more messages are open than the concurrency allows, and a higher one counts with the next end', async () => {
  const pool = aPool();
  const { onMessage, next, unseen } = heldMessages();
  const { setConcurrency } = await consumer(pool, { onMessage, concurrency: 1 });
  await enqueuer.enqueue(
    pool,
    Array.from({ length: 4 }, () => aDelivery()),
    Date.now(),
    0,
  );
  const first = await next();
  expect([unseen(), await lengthOf(pool, 'active')]).toEqual([0, 1]);
  setConcurrency(3);
  first.answer(done);
  const open = [await next(), await next(), await next()];
  expect(await lengthOf(pool, 'wait')).toBe(0);
  for (const { answer } of open) answer(done);
});

test('RB-1 a message that is open keeps its lock, after a pause too', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  const waiting = await consumer(pool, { onMessage });
  const delivery = aDelivery();
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  const { answer } = await next();
  const lockMs = () => redis.pttl(`flotilla:${pool}:${delivery.idempotencyKey}.1:lock`);
  for (const _ of ['fetching', 'paused']) {
    let before = await lockMs();
    const isRenewed = async () => {
      const left = await lockMs();
      const rose = left > before;
      before = left;
      return rose; // time alone only takes from it
    };
    await expect.poll(isRenewed, { timeout: 10_000 }).toBe(true);
    await waiting.pause();
  }
  answer(done);
  await expect.poll(() => redis.zcard(`flotilla:${pool}:completed`)).toBe(1);
});

test('RB-1 the messages of a killed consumer come back within 8 s', async () => {
  const pool = aPool();
  const { onMessage, next } = heldMessages();
  const killed = await consumer(pool, { onMessage });
  await enqueuer.enqueue(pool, [aDelivery()], Date.now(), 0);
  const { message } = await next();
  killed.kill();
  const killedAt = performance.now();
  const survivor = await consumer(pool);
  await expect.poll(() => survivor.came, { timeout: 20_000 }).toEqual([message.runId]);
  expect(performance.now() - killedAt).toBeLessThan(9_000);
});

test('a message that failed is kept for those who look, and not tried again', async () => {
  const pool = aPool();
  const { came } = await consumer(pool, {
    onMessage: async () => ({ kind: 'failed', why: 'failed: exit_code' }),
  });
  const delivery = aDelivery();
  await enqueuer.enqueue(pool, [delivery], Date.now(), 0);
  await expect.poll(() => redis.zcard(`flotilla:${pool}:failed`)).toBe(1);
  expect(
    await redis.hmget(`flotilla:${pool}:${delivery.idempotencyKey}.1`, 'failedReason', 'stacktrace'),
  ).toEqual(['failed: exit_code', '[]']);
  expect(came).toHaveLength(1);
});

test('CL-4 with a concurrency of 0 nothing is fetched, until there is one', async () => {
  const pool = aPool();
  const full = await consumer(pool, { isPaused: true });
  full.setConcurrency(0);
  full.resume();
  const put = () => enqueuer.enqueue(pool, [aDelivery(), aDelivery(), aDelivery()], Date.now(), 0);
  await put();
  const other = await consumer(pool);
  await expect.poll(() => other.came).toHaveLength(3);
  expect(full.came).toEqual([]);
  await other.close();
  full.setConcurrency(1);
  await put();
  await expect.poll(() => full.came).toHaveLength(3);
});

test('CL-4 a higher concurrency counts at once where somebody says so', async () => {
  const pool = aPool();
  const { onMessage, next, unseen } = heldMessages();
  const { setConcurrency, look } = await consumer(pool, { onMessage, concurrency: 1 });
  await enqueuer.enqueue(pool, [aDelivery(), aDelivery()], Date.now(), 0);
  const first = await next();
  setConcurrency(2);
  expect(unseen()).toBe(0);
  look();
  const second = await next();
  for (const { answer } of [first, second]) answer(done);
});

test('TX-5 each of several consumers on one connection may block for longer than questions wait', async () => {
  const connection = await connectRedis(inject('redisUrl'), 'blocking', () => undefined);
  onTestFinished(() => connection.disconnect());
  const copying = vi.spyOn(connection, 'duplicate');
  const options = { connection, concurrency: 1, onMessage: async () => done, onError: () => undefined };
  const consumers = [aPool(), aPool()].map((pool) => consume({ ...options, pool }));
  const timeouts = copying.mock.results.map(
    ({ value }) => (value as typeof connection).options.socketTimeout,
  );
  expect([timeouts, connection.options.socketTimeout]).toEqual([[12_000, 12_000], 5_000]);
  await Promise.all(consumers.map((one) => one.close()));
});
