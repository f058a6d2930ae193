import { randomUUID } from 'node:crypto';
import { headers } from 'nats';
import { expect, test } from 'vitest';
import { createAcknowledged } from './acknowledged.ts';
import { openTestNats } from './test-events.ts';

/** A subject on which somebody listens and nobody answers. */
async function aSilentSubject(): Promise<string> {
  const listener = await openTestNats();
  const subject = `silent.${randomUUID()}`;
  listener.subscribe(subject, { callback: () => undefined });
  await listener.flush();
  return subject;
}

test('what no stream takes fails at once', async () => {
  const publish = createAcknowledged(await openTestNats(), 60_000);
  await expect(publish(`nobody.${randomUUID()}`, '{}', headers())).rejects.toThrow('no stream');
});

test('EV-2 what is not acknowledged in time fails', async () => {
  const publish = createAcknowledged(await openTestNats(), 100);
  await expect(publish(await aSilentSubject(), '{}', headers())).rejects.toThrow('within 0.1 s');
});

test('EV-3 with its connection ends the waiting for every acknowledgement', async () => {
  const nats = await openTestNats();
  const publish = createAcknowledged(nats, 60_000);
  const subject = await aSilentSubject();
  const failures = Promise.allSettled([publish(subject, '{}', headers()), publish(subject, '{}', headers())]);
  await nats.close();
  expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(publish(subject, '{}', headers())).rejects.toThrow();
});
