import { fc, test } from '@fast-check/vitest';
import type { RunProgress } from '@flotilla/storage';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { followLog, type TailLineListener, type Told } from './follow-log.ts';

const runId = '0198c0de-0000-7000-8000-00000000abcd';
const start = { attempt: 1, stdout: 0, stderr: 0 };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] }));
afterEach(() => void vi.useRealTimers());

type Stream = 'stdout' | 'stderr';
interface Sealed {
  readonly runId: string;
  readonly attempt: number;
  readonly stream: Stream;
  readonly seq: number;
  readonly at: number;
  readonly bytes: Buffer;
}

/** A run whose worker seals, tells and stores pieces as the test says, and one who reads its log. */
function aRun() {
  const sealed: Sealed[] = [];
  let storedCount = 0;
  let progress: RunProgress | null = { state: 'running', reason: null, attempt: 1 };
  let listener: TailLineListener | undefined;
  let isLive = true;
  let looks = 0;
  let meanwhile: () => void = () => undefined;
  const ended = new AbortController();
  return {
    sealed,
    looks: () => looks,
    /** Happens while ledger and store are asked. */
    duringLooks(action: () => void): void {
      meanwhile = action;
    },
    isHeard: () => listener !== undefined,
    /** Returns a function that tells the piece. */
    seal(stream: Stream = 'stdout', attempt = progress?.attempt ?? 1): () => void {
      const seq = sealed.filter((piece) => piece.attempt === attempt && piece.stream === stream).length;
      const piece = {
        runId,
        attempt,
        stream,
        seq,
        at: 0,
        bytes: Buffer.from(`${attempt} ${stream} ${seq}\n`),
      };
      sealed.push(piece);
      return () => listener?.piece(piece);
    },
    store(count = sealed.length): void {
      storedCount = Math.max(storedCount, Math.min(count, sealed.length));
    },
    becomes(state: RunProgress['state'], attempt: number, isTold = true): void {
      progress = { state, reason: null, attempt };
      if (isTold) listener?.runChanged();
    },
    isGone: () => {
      progress = null;
    },
    line(live: boolean): void {
      isLive = live;
      listener?.lineChanged();
    },
    hangUp: () => ended.abort(),
    read(from = start, only: number | null = null) {
      const told: Told[] = [];
      const ledger = {
        progress: async () => {
          looks += 1;
          meanwhile();
          return progress;
        },
        async *readFrom(_id: string, attempt: number, place: Readonly<Record<Stream, number>>) {
          const wanted = { ...place };
          for (const piece of sealed.slice(0, storedCount))
            if (piece.attempt === attempt && piece.seq >= wanted[piece.stream]) yield piece;
        },
      };
      const line = {
        isLive: () => isLive,
        listen(_id: string, joined: TailLineListener) {
          listener = joined;
          return () => {
            listener = undefined;
          };
        },
      };
      const reading = (async () => {
        for await (const each of followLog({ runId, from, only, signal: ended.signal }, ledger, line))
          told.push(each);
      })();
      const text = (stream?: Stream) => textOf(told, stream);
      return { told, text, reading };
    },
  };
}

function textOf(told: readonly Told[], stream?: Stream): string {
  const outputs = told.filter((each) => each.kind === 'output');
  const wanted = outputs.filter(({ piece }) => stream === undefined || piece.stream === stream);
  return wanted.map(({ piece }) => Buffer.from(piece.bytes).toString()).join('');
}

const soon = () => vi.advanceTimersByTimeAsync(150);
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test('what is stored comes first, then what is told, then the end', async () => {
  const run = aRun();
  run.seal();
  run.store();
  const { told, text, reading } = run.read();
  await soon();
  expect(text()).toBe('1 stdout 0\n');
  run.seal('stderr')();
  run.seal()();
  await vi.advanceTimersByTimeAsync(0);
  expect(text(), 'at once').toBe('1 stdout 0\n1 stderr 0\n1 stdout 1\n');
  run.store();
  run.becomes('succeeded', 1);
  await soon();
  await reading;
  expect(told.at(-1)).toEqual({ kind: 'end', state: 'succeeded', reason: null });
  expect(told.map((each) => (each.kind === 'output' ? each.place : null))).toEqual([
    { attempt: 1, stdout: 1, stderr: 0 },
    { attempt: 1, stdout: 1, stderr: 1 },
    { attempt: 1, stdout: 2, stderr: 1 },
    null,
  ]);
  expect(run.isHeard()).toBe(false);
});

test('what is told while the store is read is not lost before the end', async () => {
  const run = aRun();
  const { text, reading } = run.read();
  await seconds(30);
  run.becomes('failed', 1);
  run.duringLooks(run.seal());
  await soon();
  await reading;
  expect(text()).toBe('1 stdout 0\n');
});

test('who comes back goes on where it was, in whatever attempt', async () => {
  const run = aRun();
  for (const attempt of [1, 2]) for (const _ of [0, 1, 2]) run.seal('stdout', attempt);
  run.store();
  run.becomes('succeeded', 2);
  const { text, reading } = run.read({ attempt: 2, stdout: 2, stderr: 0 });
  await soon();
  await reading;
  expect(text()).toBe('2 stdout 2\n');
});

test('a piece that is lost on the line is read from the store as soon as it is there', async () => {
  const run = aRun();
  const { text } = run.read();
  await seconds(30);
  run.seal();
  run.seal()();
  await seconds(1);
  expect(text(), 'not stored yet').toBe('');
  run.store(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(text()).toBe('1 stdout 0\n1 stdout 1\n');
  run.hangUp();
});

test('without NATS the store is asked each second, and when it comes back; with it now and then', async () => {
  const run = aRun();
  const { text } = run.read();
  await seconds(30);
  const calm = run.looks();
  await seconds(60);
  expect(run.looks() - calm).toBe(12);
  run.line(false);
  run.seal();
  run.store();
  await seconds(1);
  expect(text()).toBe('1 stdout 0\n');
  const away = run.looks();
  await seconds(10);
  expect(run.looks() - away).toBe(10);
  run.seal();
  run.store();
  run.line(true);
  await soon();
  expect(text()).toBe('1 stdout 0\n1 stdout 1\n');
  run.hangUp();
});

test('it waits for the start of the run, and goes on with its next attempts', async () => {
  const run = aRun();
  run.becomes('queued', 0);
  const { told, text, reading } = run.read();
  await seconds(20);
  run.becomes('running', 1);
  run.seal()();
  run.becomes('queued', 1); // for its retry
  await seconds(20);
  run.becomes('running', 2, false);
  run.store();
  run.seal()(); // tells by itself that the run has gone on
  run.store();
  await soon();
  await soon();
  expect(text()).toBe('1 stdout 0\n2 stdout 0\n');
  run.becomes('succeeded', 2);
  await soon();
  await reading;
  expect(told.map(({ kind }) => kind)).toEqual(['output', 'output', 'end']);
});

test('one attempt alone ends with it', async () => {
  const run = aRun();
  const { told, reading } = run.read({ ...start, attempt: 2 }, 2);
  await seconds(10);
  run.becomes('running', 2);
  run.seal()();
  run.becomes('running', 3);
  run.seal()();
  run.store();
  await soon();
  await reading;
  expect(told.map(({ kind }) => kind)).toEqual(['output', 'end']);
});

test('what an attempt that is over has told and nobody will store, is waited for only so long', async () => {
  const run = aRun();
  const { told, text, reading } = run.read();
  await seconds(30);
  run.seal(); // lost with its worker
  run.seal()();
  run.becomes('interrupted', 1);
  await seconds(2);
  expect(told).toEqual([]);
  await seconds(2);
  await reading;
  expect([text(), told.map(({ kind }) => kind)]).toEqual(['', ['end']]);
});

test.each(['skipped', 'cancelled'] as const)('a run that was %s has nothing to tell', async (state) => {
  const run = aRun();
  run.becomes(state, 0);
  const { told, reading } = run.read();
  await reading;
  expect(told).toEqual([{ kind: 'end', state, reason: null }]);
});

test('it ends with a run that is withdrawn, and with its reader', async () => {
  const gone = aRun();
  const { reading } = gone.read();
  await seconds(1);
  gone.isGone();
  await seconds(1);
  await reading;
  const left = aRun();
  const { reading: another } = left.read();
  await seconds(20);
  left.hangUp();
  await another;
  expect([gone.isHeard(), left.isHeard()]).toEqual([false, false]);
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('seal' as const),
      stream: fc.constantFrom<Stream>('stdout', 'stderr'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('store' as const), count: fc.nat(30) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('tell' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('line' as const), isLive: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('retry' as const), isTold: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('wait' as const), ms: fc.nat(2_000) }) },
);

test.prop([fc.array(step, { maxLength: 60 })], { numRuns: 60 })(
  'LG-1 whatever is lost, doubled or late, the log is whole and each of its bytes comes once',
  async (story) => {
    const run = aRun();
    const tells: (() => void)[] = [];
    let attempt = 1;
    const { told, text, reading } = run.read();
    for (const each of story) {
      if (each.kind === 'seal') tells.push(run.seal(each.stream));
      if (each.kind === 'store') run.store(each.count);
      if (each.kind === 'tell') tells[each.which]?.();
      if (each.kind === 'line') run.line(each.isLive);
      if (each.kind === 'wait') await vi.advanceTimersByTimeAsync(each.ms);
      if (each.kind === 'retry') {
        run.store(); // LG-1: an attempt is settled after its log is closed
        attempt += 1;
        run.becomes('running', attempt, each.isTold);
      }
    }
    run.store();
    run.becomes('succeeded', attempt, false);
    await seconds(20);
    await reading;
    for (const stream of ['stdout', 'stderr'] as const) {
      const whole = run.sealed
        .filter((piece) => piece.stream === stream)
        .map(({ bytes }) => bytes.toString());
      expect(text(stream)).toBe(whole.join(''));
    }
    expect(told.filter(({ kind }) => kind === 'end')).toHaveLength(1);
  },
);
