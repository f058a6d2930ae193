import { randomUUID } from 'node:crypto';
import { connectNats, onLogPiece, publishTail, tailLastsMs } from '@flotilla/events';
import { afterAll, expect, inject, test } from 'vitest';
import { createLiveTail, type SealedPiece } from './live-tail.ts';

async function openNats() {
  const nats = await connectNats({ url: inject('natsUrl'), name: 'flotilla test' });
  afterAll(() => nats.close());
  return nats;
}

const aPiece = (runId: string, seq: number): SealedPiece => ({
  runId,
  attempt: 1,
  stream: 'stdout',
  seq,
  bytes: Buffer.from(`piece ${seq}`),
});

test('what a turn writes leaves its worker while somebody follows the run, and then no more', async () => {
  let nowMs = 0;
  const [worker, reader] = await Promise.all([openNats(), openNats()]);
  const runId = randomUUID();
  const heard: number[] = [];
  onLogPiece(reader, (piece) => {
    if (piece.runId === runId) heard.push(piece.seq);
  });
  await reader.flush();
  const tail = createLiveTail(() => nowMs);
  tail.publish(aPiece(runId, 0)); // before there is a connection
  tail.connect(worker);
  await worker.flush();
  tail.publish(aPiece(runId, 1)); // nobody follows
  publishTail(reader, runId);
  await expect
    .poll(() => {
      tail.publish(aPiece(runId, 2));
      return heard.includes(2);
    })
    .toBe(true);
  nowMs = tailLastsMs;
  tail.publish(aPiece(runId, 3));
  publishTail(reader, runId);
  await expect
    .poll(() => {
      tail.publish(aPiece(runId, 4));
      return heard.includes(4);
    })
    .toBe(true);
  expect([...new Set(heard)]).toEqual([2, 4]);
  await worker.close();
  tail.publish(aPiece(runId, 5));
});
