import { join } from 'node:path';
import {
  connectNats,
  createPublisher,
  followEvents,
  keepConnected,
  onHint,
  publishHint,
} from '@flotilla/events';
import { afterAll, expect, inject, test } from 'vitest';
import { startServers } from '../support/servers.ts';

const servers = await startServers(join(inject('runDir'), 'nats-goes-away'), 'nats');
const { nats } = servers;
const options = { url: nats.url, name: 'flotilla test' };
afterAll(() => servers.stop());

test('EV-3 a connection whose server dies stays closed; a kept one is opened again', async () => {
  const plain = await connectNats(options);
  await createPublisher(plain);
  const following = followEvents(plain, { from: 'new', signal: new AbortController().signal });
  const coming = following.next();
  let pokes = 0;
  const kept = keepConnected(options, (connection) => onHint(connection, 'plan', () => pokes++));
  await expect.poll(() => kept.current()).not.toBeNull();

  await nats.crash();
  expect(await coming).toMatchObject({ done: true });
  await plain.closed();
  await expect.poll(() => kept.problem()).not.toBeNull();
  expect(kept.current()).toBeNull();

  await nats.restart();
  await expect.poll(() => kept.problem(), { timeout: 20_000 }).toBeNull();
  expect(plain.isClosed()).toBe(true);
  const sender = await connectNats(options);
  await kept.current()?.flush();
  publishHint(sender, 'plan');
  await expect.poll(() => pokes).toBe(1);
  await sender.close();
  await kept.stop();
});
