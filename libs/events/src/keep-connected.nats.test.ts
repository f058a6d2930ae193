import type { NatsConnection } from 'nats';
import { expect, inject, test } from 'vitest';
import { keepConnected } from './keep-connected.ts';

const options = { url: inject('natsUrl'), name: 'flotilla test' };

test('a connection that is lost is replaced, and the new one is announced like the first', async () => {
  const announced: NatsConnection[] = [];
  const kept = keepConnected(options, (nats) => void announced.push(nats));
  await expect.poll(() => kept.current()).not.toBeNull();
  expect(kept.problem()).toBeNull();
  await announced[0]?.close();
  await expect.poll(() => announced.length).toBe(2);
  expect(kept.current()).toBe(announced[1]);
  expect(announced[0]?.isClosed()).toBe(true);
  await kept.stop();
  expect([kept.current(), announced[1]?.isClosed()]).toEqual([null, true]);
});

test('stopping while it connects leaves no connection', async () => {
  const announced: NatsConnection[] = [];
  const kept = keepConnected(options, (nats) => void announced.push(nats));
  await kept.stop();
  expect(kept.current()).toBeNull();
  expect(announced.every((nats) => nats.isClosed())).toBe(true);
});

test('a server that is away is a problem in one line, and stopping does not wait for it', async () => {
  const kept = keepConnected({ ...options, url: 'nats://token@127.0.0.1:1' }, () => undefined);
  await expect.poll(() => kept.problem()).toBe('NATS cannot be used: nothing listens where NATS_URL points');
  expect(kept.current()).toBeNull();
  await kept.stop();
});

test('a connection that its user could not begin with is closed, told and replaced', async () => {
  const announced: NatsConnection[] = [];
  const kept = keepConnected(options, (nats) => {
    announced.push(nats);
    if (announced.length === 1) throw new Error('not this one');
  });
  await expect.poll(() => kept.problem()).toBe('not this one');
  await expect.poll(() => kept.problem()).toBeNull();
  expect(announced.map((nats) => nats.isClosed())).toEqual([true, false]);
  await kept.stop();
});
