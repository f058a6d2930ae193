import { randomUUID } from 'node:crypto';
import { connectNats, onCancel, onHint } from '@flotilla/events';
import { afterAll, expect, inject, test } from 'vitest';
import { createTellOthers } from './tell-others.ts';

const [sender, listener] = await Promise.all(
  ['sender', 'listener'].map((name) => connectNats({ url: inject('natsUrl'), name })),
);
afterAll(() => Promise.all([sender?.close(), listener?.close()]));

test('GA-2, CN-1 schedulers hear of room, and workers of runs that are to end', async () => {
  const heard: string[] = [];
  if (listener === undefined) throw new Error('nobody listens');
  for (const hint of ['hand-out', 'admit-blocked'] as const) onHint(listener, hint, () => heard.push(hint));
  onCancel(listener, (runId) => heard.push(runId));
  await listener.flush();
  const { room, askedToEnd } = createTellOthers(() => sender ?? null);
  const runId = randomUUID();
  room({ unblocked: [], isLeft: false });
  room({ unblocked: [runId], isLeft: false });
  room({ unblocked: [], isLeft: true });
  askedToEnd([runId]);
  await expect.poll(() => heard).toEqual(['hand-out', 'admit-blocked', runId]);
});

test('without NATS nobody is told', () => {
  const { room, askedToEnd } = createTellOthers(() => null);
  expect(() => {
    room({ unblocked: [randomUUID()], isLeft: true });
    askedToEnd([randomUUID()]);
  }).not.toThrow();
});
