import type { NatsConnection } from 'nats';
import { expect, test } from 'vitest';
import { readJetStreamSettings } from './jetstream-settings.ts';
import { ensureStream } from './stream.ts';
import { openTestNats } from './test-events.ts';

test('the stream that the scheduler makes is seen, in files', async () => {
  const nats = await openTestNats();
  await ensureStream(nats);
  const { version, jetStream } = await readJetStreamSettings(nats);
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(jetStream).toMatchObject({ stream: { inFiles: true } });
});

test('JetStream that nobody answers for is null, a server that is gone an error', async () => {
  const nats = await openTestNats();
  const silent = Object.assign(Object.create(nats) as NatsConnection, {
    jetstreamManager: () => nats.jetstreamManager({ domain: 'nowhere' }),
  });
  expect(await readJetStreamSettings(silent)).toMatchObject({ jetStream: null });
  await nats.close();
  await expect(readJetStreamSettings(nats)).rejects.toThrow();
});
