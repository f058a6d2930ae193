import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { SealedPiece } from './live-tail.ts';
import type { LogChunk, LogStream } from './log-chunk.ts';
import type { LogLimits } from './log-limits.ts';
import { createTurnLogs, type TurnLogs } from './turn-logs.ts';

let logs: TurnLogs;
afterEach(() => logs.stop());

/** A store in memory whose answer to each append a test decides. */
function createStore(answer: (call: number) => Promise<void> = () => Promise.resolve()) {
  const chunks: LogChunk[] = [];
  const called = gate();
  let calls = 0;
  return {
    chunks,
    /** Resolves with the first append. */
    asked: called.opened,
    calls: () => calls,
    async append(batch: readonly LogChunk[]): Promise<void> {
      calls += 1;
      called.open();
      await answer(calls);
      chunks.push(...batch);
    },
    text: (stream: LogStream) =>
      Buffer.concat(
        chunks.filter((chunk) => chunk.stream === stream).map((chunk) => gunzipSync(chunk.gzip)),
      ).toString('latin1'),
  };
}

function open(
  append: (batch: readonly LogChunk[]) => Promise<void>,
  limits: Partial<LogLimits> = {},
  onSealed: (piece: SealedPiece) => void = () => undefined,
) {
  logs = createTurnLogs({ append, onSealed, limits: { firstRetryMs: 1, ...limits }, now: () => 1_000 });
  return logs.open('run-1', 2);
}

describe('LG-1 the log of a turn', () => {
  test('reaches the store in numbered chunks, each stream for itself', async () => {
    const store = createStore();
    const log = open(store.append);
    log.write('stdout', Buffer.from('one\n'));
    log.write('stderr', Buffer.from('oops\n'));
    log.seal();
    log.write('stdout', Buffer.from('two\n'));
    await log.close();
    expect(
      store.chunks.map(({ gzip, ...chunk }) => ({ ...chunk, text: gunzipSync(gzip).toString() })),
    ).toEqual([
      { runId: 'run-1', attempt: 2, stream: 'stdout', seq: 0, at: 1_000, text: 'one\n' },
      { runId: 'run-1', attempt: 2, stream: 'stderr', seq: 0, at: 1_000, text: 'oops\n' },
      { runId: 'run-1', attempt: 2, stream: 'stdout', seq: 1, at: 1_000, text: 'two\n' },
    ]);
  });

  test('is handed over while the turn still runs', async () => {
    const stored = new Promise<readonly LogChunk[]>((resolve) => {
      open(async (batch) => resolve(batch), { sealEveryMs: 1 }).write('stdout', Buffer.from('early'));
    });
    expect(gunzipSync((await stored)[0]?.gzip ?? '').toString()).toBe('early');
  });

  test('is told to those who follow in the pieces that the store gets', async () => {
    const store = createStore();
    const told: SealedPiece[] = [];
    const log = open(store.append, { backlogLimitBytes: 8 }, (piece) => told.push(piece));
    log.write('stdout', Buffer.from('one\n'));
    log.seal();
    log.write('stderr', Buffer.from('no room for this\n'));
    log.seal();
    expect(
      told.map(({ bytes }) => bytes.toString()),
      'before it is stored',
    ).toEqual(['one\n']);
    await log.close();
    const stored = store.chunks.map(({ at: _, gzip, ...key }) => ({ ...key, bytes: gunzipSync(gzip) }));
    expect(told).toEqual(stored);
    expect(stored).toMatchObject([{ stream: 'stdout' }, { stream: 'stderr', seq: 0 }]);
  });

  test('of a silent turn is nothing', async () => {
    const store = createStore();
    await open(store.append).close();
    expect(store.calls()).toBe(0);
  });

  test('keeps chunks within 64 KiB, even of bytes that gzip cannot make smaller', async () => {
    const store = createStore();
    const log = open(store.append);
    const noise = randomBytes(1024 ** 2);
    log.write('stdout', noise);
    await log.close();
    expect(store.text('stdout')).toBe(noise.toString('latin1'));
    expect(Math.max(...store.chunks.map(({ gzip }) => gzip.length))).toBeLessThanOrEqual(64 * 1024);
    expect(store.chunks.map(({ seq }) => seq)).toEqual(store.chunks.map((_, index) => index));
  });
});

describe('a store in trouble', () => {
  const refuse = () => Promise.reject(new Error('no'));

  test('is asked again, and nothing is lost', async () => {
    const store = createStore((call) => (call < 4 ? refuse() : Promise.resolve()));
    const log = open(store.append);
    log.write('stdout', Buffer.from('patience'));
    await log.close();
    expect([store.text('stdout'), logs.lostBytes()]).toEqual(['patience', 0]);
  });

  test('costs a batch that it keeps refusing, which leaves a marker', async () => {
    const store = createStore((call) => (call === 1 ? refuse() : Promise.resolve()));
    const log = open(store.append, { giveUpAfterMs: 0 });
    log.write('stdout', Buffer.from('gone'));
    await log.close();
    log.write('stdout', Buffer.from('kept'));
    await log.close();
    expect(store.text('stdout')).toBe('\n[\xe2\x80\xa6 4 bytes of this log are lost \xe2\x80\xa6]\nkept');
    expect(logs.lostBytes()).toBe(4);
  });

  test('keeps memory bounded: beyond the backlog bytes are lost, and the log says so', async () => {
    const answer = gate();
    const store = createStore(() => answer.opened);
    const log = open(store.append, { backlogLimitBytes: 256 * 1024, closeWithinMs: 60_000 });
    log.write('stdout', Buffer.alloc(1024 ** 2, 'x'));
    const closed = log.close();
    answer.open();
    await closed;
    expect(logs.lostBytes()).toBeGreaterThan(700 * 1024);
    const kept = store.text('stdout').match(/x/g)?.length ?? 0;
    expect(kept).toBeLessThanOrEqual(256 * 1024);
    const lost = [...store.text('stdout').matchAll(/(\d+) bytes of this log are lost/g)];
    expect(lost.reduce((bytes, [, text]) => bytes + Number(text), kept)).toBe(1024 ** 2);
  });

  test('slows a flood down, but only for its patience', async () => {
    const answer = gate();
    const store = createStore(() => answer.opened);
    const log = open(store.append, { pauseAboveBytes: 1, patienceMs: 20 });
    flood(log);
    await log.room(); // nobody answers: it ends with the patience
    expect(store.chunks).toEqual([]);
    flood(log);
    await log.room();
    answer.open();
  });

  test('lets a flood go on as soon as there is room', async () => {
    const answer = gate();
    const store = createStore(() => answer.opened);
    const log = open(store.append, { pauseAboveBytes: 1, patienceMs: 600_000 });
    flood(log);
    let waited = false;
    const room = log.room().then(() => {
      waited = true;
    });
    await store.asked;
    expect(waited).toBe(false);
    answer.open();
    await room;
    expect(store.chunks).toHaveLength(1);
  });

  test('does not keep the end of a turn', async () => {
    const log = open(() => new Promise(() => undefined), { closeWithinMs: 10 });
    log.write('stdout', Buffer.from('never stored'));
    await log.close();
    expect(logs.lostBytes()).toBe(0);
  });
});

/** More than one chunk, so that the first is on its way. */
function flood(log: ReturnType<typeof open>): void {
  log.write('stdout', Buffer.alloc(65 * 1024));
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
