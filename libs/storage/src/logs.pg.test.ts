import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { appendLogChunks, type LogChunk, makeLogPartitions, readLog, readLogFrom } from './logs.ts';
import { openTestLedger } from './test-ledger.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const noon = Date.UTC(2031, 4, 1, 12);
const day = 86_400_000;

function chunk(runId: string, seq: number, fields: Partial<LogChunk> = {}): LogChunk {
  const gzip = gzipSync(`line ${seq}\n`);
  return {
    runId,
    attempt: 1,
    stream: seq % 2 === 0 ? 'stdout' : 'stderr',
    seq,
    at: noon + seq,
    gzip,
    ...fields,
  };
}

async function text(runId: string, filter: Parameters<typeof readLog>[2] = {}): Promise<string> {
  let all = '';
  for await (const piece of readLog(store, runId, filter)) all += piece.bytes.toString();
  return all;
}

const lines = (seqs: readonly number[]) => seqs.map((seq) => `line ${seq}\n`).join('');

const partitionOf = (runId: string) =>
  sql<{ name: string }>(
    'SELECT DISTINCT tableoid::regclass::text AS name FROM log_chunks WHERE run_id = $1',
    [runId],
  );

test('LG-1 a chunk that is appended again, its reply lost, is there once', async () => {
  const runId = randomUUID();
  await appendLogChunks(store, [chunk(runId, 0)]);
  await appendLogChunks(store, [chunk(runId, 0), chunk(runId, 1)]);
  expect(await text(runId)).toBe(lines([0, 1]));
});

test('a log of many pages is read in the order of writing, attempt by attempt', async () => {
  const runId = randomUUID();
  const seqs = Array.from({ length: 100 }, (_, seq) => seq);
  await appendLogChunks(store, seqs.map((seq) => chunk(runId, seq, { attempt: 2 })).reverse());
  await appendLogChunks(store, [chunk(runId, 7)]);
  expect(await text(runId)).toBe(lines([7, ...seqs]));
  expect(await text(runId, { attempt: 2, stream: 'stdout' })).toBe(
    lines(seqs.filter((seq) => seq % 2 === 0)),
  );
  expect(await text(runId, { stream: 'stderr' })).toBe(lines([7, ...seqs.filter((seq) => seq % 2 === 1)]));
});

test('one attempt is read from a chunk of each stream on, in the order of writing', async () => {
  const runId = randomUUID();
  const seqs = Array.from({ length: 100 }, (_, seq) => seq); // even ones are stdout's
  await appendLogChunks(
    store,
    seqs.map((seq) => chunk(runId, seq)),
  );
  await appendLogChunks(store, [chunk(runId, 200, { attempt: 2 })]);
  const read: number[] = [];
  for await (const { seq } of readLogFrom(store, runId, 1, { stdout: 10, stderr: 95 })) read.push(seq);
  expect(read).toEqual(seqs.filter((seq) => (seq % 2 === 0 ? seq >= 10 : seq >= 95)));
});

test('a stream is read by its numbers, also where the clock of its worker was stepped back', async () => {
  const runId = randomUUID();
  const seqs = Array.from({ length: 40 }, (_, seq) => seq);
  const stepped = seqs.map((seq) => chunk(runId, seq, { stream: 'stdout', at: noon - seq }));
  await appendLogChunks(store, [...stepped, chunk(runId, 0, { stream: 'stderr', at: noon + 1 })]);
  const read: string[] = [];
  for await (const { stream, seq } of readLogFrom(store, runId, 1, { stdout: 0, stderr: 0 }))
    read.push(`${stream} ${seq}`);
  expect(read).toEqual([...seqs.map((seq) => `stdout ${seq}`), 'stderr 0']);
});

test('LG-1 partitions are made ahead, once; what finds none lands in the default one', async () => {
  const start = Date.UTC(2034, 4, 1, 12);
  expect(await makeLogPartitions(store, start)).toEqual([
    'log_chunks_2034_05_01',
    'log_chunks_2034_05_02',
    'log_chunks_2034_05_03',
  ]);
  expect(await makeLogPartitions(store, start + day)).toEqual(['log_chunks_2034_05_04']);
  const [within, without] = [randomUUID(), randomUUID()];
  const midnight = Date.UTC(2034, 4, 2);
  await appendLogChunks(store, [chunk(within, 0, { at: midnight - 1 })]);
  await appendLogChunks(store, [chunk(without, 0, { at: start + 30 * day })]);
  expect(await partitionOf(within)).toEqual([{ name: 'log_chunks_2034_05_01' }]);
  expect(await partitionOf(without)).toEqual([{ name: 'log_chunks_rest' }]);
});

test('LG-1 a day whose rows lie in the default partition stays there', async () => {
  const runId = randomUUID();
  const at = Date.UTC(2032, 0, 2, 12);
  await appendLogChunks(store, [chunk(runId, 0, { at })]);
  expect(await makeLogPartitions(store, at - day)).toEqual([
    'log_chunks_2032_01_01',
    'log_chunks_2032_01_03',
  ]);
  expect(await text(runId)).toBe(lines([0]));
});

test('replicas that make the same partitions at once make each once', async () => {
  const at = Date.UTC(2033, 0, 1);
  const made = await Promise.all(Array.from({ length: 6 }, () => makeLogPartitions(ledger.another(), at)));
  expect(made.flat().sort()).toEqual([
    'log_chunks_2033_01_01',
    'log_chunks_2033_01_02',
    'log_chunks_2033_01_03',
  ]);
});
