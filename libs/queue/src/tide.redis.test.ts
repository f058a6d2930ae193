import { afterAll, beforeEach, expect, inject, test } from 'vitest';
import { connectRedis } from './connect.ts';
import { createTide } from './tide.ts';

/** A database of this file's own, which it may flush. */
const url = Object.assign(new URL(inject('redisUrl')), { pathname: '/7' }).href;
const redis = await connectRedis(url, 'asking', () => undefined);
const tide = createTide(redis);
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.flushdb();
});

/** Redis has counted to a number in a life. */
async function counted(epoch: number, number: number): Promise<void> {
  await redis.hset('flotilla:tide', { epoch, number });
}

const held = () => redis.hgetall('flotilla:tide');

test('RB-3 Redis counts on while it has what the ledger has recorded', async () => {
  expect(await tide.compare(1, 0)).toEqual({ kind: 'kept', number: 1 });
  expect(await tide.compare(1, 1)).toEqual({ kind: 'kept', number: 2 });
  expect(await tide.compare(1, 1), 'the record of the last answer was lost').toEqual({
    kind: 'kept',
    number: 3,
  });
});

test('RB-3 a flushed Redis says so, sets nothing, and says so again', async () => {
  expect(await tide.compare(1, 7)).toEqual({ kind: 'lost', epoch: 0 });
  expect(await held()).toEqual({});
  expect(await tide.compare(1, 7)).toEqual({ kind: 'lost', epoch: 0 });
});

test('RB-3 a Redis that was rewound has a smaller number or an earlier life', async () => {
  await counted(3, 6);
  expect(await tide.compare(3, 7)).toEqual({ kind: 'lost', epoch: 3 });
  expect(await held()).toEqual({ epoch: '3', number: '6' });
  await counted(2, 9);
  expect(await tide.compare(3, 7)).toEqual({ kind: 'lost', epoch: 2 });
  expect(await held()).toEqual({ epoch: '2', number: '9' });
});

test('RB-3 a new life begins to count whatever was there of earlier ones, and once', async () => {
  await counted(2, 9);
  expect(await tide.compare(3, 0)).toEqual({ kind: 'kept', number: 1 });
  expect(await tide.compare(3, 0)).toEqual({ kind: 'kept', number: 2 });
  expect(await held()).toEqual({ epoch: '3', number: '2' });
});

test('RB-3 a Redis of a later life than the ledger’s is another Redis: nothing of it is overwritten', async () => {
  await counted(5, 40);
  expect(await tide.compare(1, 0)).toEqual({ kind: 'lost', epoch: 5 });
  expect(await tide.compare(4, 60)).toEqual({ kind: 'lost', epoch: 5 });
  expect(await held()).toEqual({ epoch: '5', number: '40' });
});
