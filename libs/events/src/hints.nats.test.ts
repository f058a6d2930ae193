import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { onCancel, onHint, publishCancel, publishHint } from './hints.ts';
import { openTestNats } from './test-events.ts';

test('a hint reaches everybody who listens for it, and nobody else', async () => {
  const [sender, first, second] = await Promise.all([openTestNats(), openTestNats(), openTestNats()]);
  const poked: string[] = [];
  onHint(first, 'plan', () => poked.push('first plan'));
  onHint(second, 'plan', () => poked.push('second plan'));
  onHint(second, 'hand-out', () => poked.push('second hand-out'));
  await Promise.all([first.flush(), second.flush()]);
  publishHint(sender, 'plan');
  await expect.poll(() => poked.toSorted()).toEqual(['first plan', 'second plan']);
});

test('CN-1 a cancel reaches every worker with the run’s id', async () => {
  const [sender, first, second] = await Promise.all([openTestNats(), openTestNats(), openTestNats()]);
  const [heardFirst, heardSecond]: string[][] = [[], []];
  onCancel(first, (runId) => heardFirst?.push(runId));
  onCancel(second, (runId) => heardSecond?.push(runId));
  await Promise.all([first.flush(), second.flush()]);
  const runId = randomUUID();
  publishCancel(sender, runId);
  await expect.poll(() => [heardFirst, heardSecond]).toEqual([[runId], [runId]]);
});

test('on a connection that is lost a hint is lost, and nothing else', async () => {
  const nats = await openTestNats();
  await nats.close();
  publishHint(nats, 'plan');
  publishCancel(nats, randomUUID());
});
