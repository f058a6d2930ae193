import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createLogPublisher,
  type LivePiece,
  maxUnconfirmedBytes,
  onLogPiece,
  onTail,
  publishTail,
} from './logs.ts';
import { openTestNats } from './test-events.ts';

const aPiece = (seq: number, bytes: Uint8Array, runId = randomUUID()): LivePiece => ({
  runId,
  attempt: 2,
  stream: 'stderr',
  seq,
  bytes,
});

async function listen(runId: string): Promise<LivePiece[]> {
  const nats = await openTestNats();
  const heard: LivePiece[] = [];
  onLogPiece(nats, (piece) => {
    if (piece.runId === runId) heard.push({ ...piece, bytes: Buffer.from(piece.bytes) });
  });
  await nats.flush();
  return heard;
}

test('a piece of a log comes with its numbers, byte for byte', async () => {
  const bytes = Buffer.from([0x00, 0xff, 0x0a]);
  const piece = aPiece(7, bytes);
  const heard = await listen(piece.runId);
  createLogPublisher(await openTestNats())(piece);
  await expect.poll(() => heard).toEqual([{ ...piece, bytes }]);
});

test('what follows a log is heard by every worker', async () => {
  const [api, worker] = await Promise.all([openTestNats(), openTestNats()]);
  const followed: string[] = [];
  onTail(worker, (runId) => followed.push(runId));
  await worker.flush();
  const runId = randomUUID();
  publishTail(api, runId);
  await expect.poll(() => followed).toContain(runId);
});

test('LG-1 what NATS does not confirm is bounded, what it does not take is dropped', async () => {
  const nats = await openTestNats();
  const runId = randomUUID();
  const heard = await listen(runId);
  const publish = createLogPublisher(nats);
  const half = Buffer.alloc(maxUnconfirmedBytes / 2);
  for (const seq of [0, 1, 2]) publish(aPiece(seq, half, runId)); // the third finds no room
  await nats.flush();
  publish(aPiece(3, Buffer.alloc(nats.info?.max_payload ?? 0), runId));
  await nats.flush();
  publish(aPiece(4, half, runId));
  await expect.poll(() => heard.map(({ seq }) => seq)).toEqual([0, 1, 3, 4]);
  publish(aPiece(5, Buffer.alloc(2 * maxUnconfirmedBytes), runId));
  await nats.close();
  publish(aPiece(6, half, runId));
});
