import { randomUUID } from 'node:crypto';
import { StorageUnavailable, type Store } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createInHand, type HeldRun } from './in-hand.ts';
import type { Membership } from './membership.ts';
import { aStore } from './test-store.ts';

interface LedgerRun {
  readonly runId: string;
  readonly attempt: number;
  readonly cancelRequested: boolean;
}

/** A worker at its ledger: what the ledger thinks it has, and what a beat makes of that. */
function aWorker() {
  const ledger = { runs: [] as LedgerRun[], isDead: false, whileAnswering: () => undefined as unknown };
  const told = {
    beats: [] as unknown[][],
    handedBack: [] as unknown[][],
    disowned: [] as string[],
    deaths: 0,
  };
  const inHand = createInHand();
  const clock = createDatabaseClock();
  const claiming = new Set<string>();
  const ids: (string | null)[] = [randomUUID()];
  const membership: Membership = {
    id: () => ids.at(-1) ?? null,
    join: async () => void ids.push(randomUUID()),
    lose: () => void ids.push(null),
  };
  const store: Store = aStore({
    'write-beat': (values) => {
      told.beats.push([...values]);
      ledger.whileAnswering();
      return ledger.isDead ? [] : [{ now: 5_000_000, runs: ledger.runs }];
    },
    'hand-back-runs': (values) => {
      told.handedBack.push([...values]);
      return [];
    },
  });
  const beat = createHeartbeat({
    store,
    membership,
    inHand,
    clock,
    lagMs: () => 12.4,
    isDraining: () => false,
    isClaiming: (runId) => claiming.has(runId),
    onDeclaredDead: () => {
      told.deaths += 1;
    },
    onDisowned: (runId) => told.disowned.push(runId),
    onHandedBack: () => undefined,
  });
  /** A run that is at work here and in the ledger. */
  const working = (fields: Partial<HeldRun> = {}): HeldRun => {
    const stop = new AbortController();
    const held = { runId: randomUUID(), attempt: 1, claimedAtMs: 0, stop, hasEnded: false, ...fields };
    inHand.add(held);
    ledger.runs.push({ runId: held.runId, attempt: held.attempt, cancelRequested: false });
    return held;
  };
  return { ledger, told, inHand, clock, claiming, membership, beat, working };
}

const reasonOf = ({ stop }: HeldRun): unknown => stop.signal.reason;

test('LV-1 each beat has a higher number, and says what is in hand and how late the queue is', async () => {
  const { told, membership, beat, working } = aWorker();
  working();
  await beat();
  await beat();
  expect(told.beats).toEqual([
    [membership.id(), 1, 1, 12, 'alive'],
    [membership.id(), 2, 1, 12, 'alive'],
  ]);
});

test('LV-1 a cancel that the answer names ends its turn', async () => {
  const { ledger, beat, working } = aWorker();
  const [cancelled, other] = [working(), working()];
  ledger.runs = ledger.runs.map((run) => ({ ...run, cancelRequested: run.runId === cancelled.runId }));
  await beat();
  expect([reasonOf(cancelled), reasonOf(other)]).toEqual(['cancelled', undefined]);
});

test('LV-1 a run that the ledger has given to somebody else is ended', async () => {
  const { ledger, told, beat, working } = aWorker();
  const [gone, next, own] = [working(), working({ attempt: 1 }), working()];
  ledger.runs = [
    { runId: next.runId, attempt: 2, cancelRequested: false },
    { runId: own.runId, attempt: 1, cancelRequested: false },
  ];
  await beat();
  expect([gone, next, own].map(reasonOf)).toEqual(['disowned', 'disowned', undefined]);
  expect(told.disowned).toEqual([gone.runId, next.runId]);
});

test('LV-2 a late answer does not disown a run that was claimed after its beat was sent', async () => {
  const { ledger, told, beat, working } = aWorker();
  let claimed: HeldRun | undefined;
  ledger.whileAnswering = () => {
    claimed = working({ claimedAtMs: performance.now() });
    ledger.runs = [];
  };
  await beat();
  expect(claimed && reasonOf(claimed)).toBeUndefined();
  expect(told.disowned).toEqual([]);
});

test('a run whose turn has ended is disowned by nobody: the ledger may have settled it already', async () => {
  const { ledger, told, beat, working } = aWorker();
  const held = working({ hasEnded: true });
  ledger.runs = [];
  await beat();
  expect([told.disowned, reasonOf(held)]).toEqual([[], undefined]);
});

test('LV-1, CL-3 what is not in hand is handed back after two beats, and not before', async () => {
  const { ledger, told, membership, beat } = aWorker();
  const runId = randomUUID();
  ledger.runs = [{ runId, attempt: 3, cancelRequested: false }];
  await beat();
  expect(told.handedBack).toEqual([]);
  await beat();
  expect(told.handedBack).toEqual([[[runId], [3], membership.id()]]);
});

test('CL-3 a claim in flight counts as in hand, however many beats it takes', async () => {
  const { ledger, told, claiming, beat } = aWorker();
  const runId = randomUUID();
  claiming.add(runId);
  ledger.runs = [{ runId, attempt: 1, cancelRequested: false }];
  for (let beats = 0; beats < 3; beats++) await beat();
  expect(told.handedBack).toEqual([]);
  claiming.clear();
  await beat();
  expect(told.handedBack).toEqual([]);
  await beat();
  expect(told.handedBack).toHaveLength(1);
});

test('a run that was settled between two answers is not handed back', async () => {
  const { ledger, told, beat } = aWorker();
  const [first, second] = [randomUUID(), randomUUID()];
  for (const runId of [first, second, first, second]) {
    ledger.runs = [{ runId, attempt: 1, cancelRequested: false }];
    await beat();
  }
  expect(told.handedBack).toEqual([]);
});

test('LV-6 declared dead: turns are ended, and it comes back under another id', async () => {
  const { ledger, told, membership, beat, working } = aWorker();
  const held = working();
  const before = membership.id();
  ledger.isDead = true;
  await beat();
  expect([told.deaths, membership.id(), reasonOf(held)]).toEqual([1, null, 'disowned']);
  ledger.isDead = false;
  ledger.runs = [];
  await beat();
  expect(membership.id()).not.toBeNull();
  expect(membership.id()).not.toBe(before);
  await beat();
  expect(told.beats.at(-1)?.[0]).toBe(membership.id());
});

test('LV-6 what the dead id was missing is not handed back under the new one', async () => {
  const { ledger, told, beat } = aWorker();
  ledger.runs = [{ runId: randomUUID(), attempt: 1, cancelRequested: false }];
  await beat();
  ledger.isDead = true;
  await beat();
  ledger.isDead = false;
  await beat();
  await beat();
  expect(told.handedBack).toEqual([]);
});

test('a beat that is not answered is an error, and ends nothing', async () => {
  const { ledger, told, beat, working } = aWorker();
  const held = working();
  ledger.whileAnswering = () => {
    throw new StorageUnavailable('no answer');
  };
  await expect(beat()).rejects.toThrow('no answer');
  expect([told.deaths, reasonOf(held)]).toEqual([0, undefined]);
});

test('each answer is a reading of the database’s clock', async () => {
  const { clock, beat } = aWorker();
  const before = Date.now();
  await beat();
  expect(clock.now()).toBeGreaterThanOrEqual(5_000_000 - 1);
  expect(clock.now()).toBeLessThanOrEqual(5_000_000 + (Date.now() - before) + 1);
});
