import { randomUUID } from 'node:crypto';
import { monotonicMs } from '@flotilla/runtime';
import { StorageUnavailable, type Store } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';
import { createGivenUpClaims } from './given-up-claims.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createInHand, type HeldRun } from './in-hand.ts';
import { anAliveMembership } from './test-membership.ts';
import { aStore } from './test-store.ts';

interface LedgerRun {
  readonly runId: string;
  readonly attempt: number;
  readonly token?: string;
  readonly cancelRequested: boolean;
  readonly isGated?: boolean;
}

/** A worker at its ledger: what the ledger thinks it has, and what a beat makes of that. */
async function aWorker() {
  const ledger = {
    now: 5_000_000,
    runs: [] as LedgerRun[],
    isDead: false,
    whileAnswering: () => undefined as unknown,
  };
  const told = {
    beats: [] as unknown[][],
    handedBack: [] as unknown[][],
    disowned: [] as string[],
    deaths: 0,
    alive: 0,
  };
  const inHand = createInHand();
  const clock = createDatabaseClock();
  const claiming = new Set<string>();
  const givenUp = createGivenUpClaims();
  const membership = await anAliveMembership();
  const store: Store = aStore({
    'write-beat': (values) => {
      told.beats.push([...values]);
      ledger.whileAnswering();
      return ledger.isDead ? [] : [{ now: ledger.now, runs: ledger.runs }];
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
    isGivenUp: givenUp.has,
    onAlive: () => {
      told.alive += 1;
    },
    onDeclaredDead: () => {
      told.deaths += 1;
    },
    onDisowned: (runId) => told.disowned.push(runId),
    onHandedBack: () => undefined,
  });
  /** A run that is at work here and in the ledger. */
  const working = (fields: Partial<HeldRun> = {}): HeldRun => {
    const [stop, gated] = [new AbortController(), new AbortController()];
    const held = { runId: randomUUID(), attempt: 1, claimedAtMs: 0, stop, gated, hasEnded: false, ...fields };
    inHand.add(held);
    ledger.runs.push({ runId: held.runId, attempt: held.attempt, cancelRequested: false });
    return held;
  };
  return { ledger, told, inHand, clock, claiming, givenUp, membership, beat, working };
}

const reasonOf = ({ stop }: HeldRun): unknown => stop.signal.reason;

test('LV-1 each beat has a higher number, and says what is in hand and how late the queue is', async () => {
  const { told, membership, beat, working } = await aWorker();
  working();
  await beat();
  await beat();
  expect(told.beats).toEqual([
    [membership.id(), 1, 1, 12, 'alive', 0],
    [membership.id(), 2, 1, 12, 'alive', expect.any(Number)],
  ]);
});

test('LV-1 a cancel that the answer names ends its turn', async () => {
  const { ledger, beat, working } = await aWorker();
  const [cancelled, other] = [working(), working()];
  ledger.runs = ledger.runs.map((run) => ({ ...run, cancelRequested: run.runId === cancelled.runId }));
  await beat();
  expect([reasonOf(cancelled), reasonOf(other)]).toEqual(['cancelled', undefined]);
});

test('GD-4 a gate that a job is given while its turn is at work reaches that turn', async () => {
  const { ledger, beat, working } = await aWorker();
  const [gated, other, former] = [working(), working(), working({ attempt: 2 })];
  ledger.runs = ledger.runs.map((run) => ({ ...run, isGated: run.runId !== other.runId }));
  ledger.runs = ledger.runs.map((run) => (run.runId === former.runId ? { ...run, attempt: 1 } : run));
  await beat();
  expect([gated, other, former].map((held) => held.gated.signal.aborted)).toEqual([true, false, false]);
});

test('LV-1 a run that the ledger has given to somebody else is ended', async () => {
  const { ledger, told, beat, working } = await aWorker();
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
  const { ledger, told, beat, working } = await aWorker();
  let claimed: HeldRun | undefined;
  ledger.whileAnswering = () => {
    claimed = working({ claimedAtMs: monotonicMs() });
    ledger.runs = [];
  };
  await beat();
  expect(claimed && reasonOf(claimed)).toBeUndefined();
  expect(told.disowned).toEqual([]);
});

test('a run whose turn has ended is disowned by nobody: the ledger may have settled it already', async () => {
  const { ledger, told, beat, working } = await aWorker();
  const held = working({ hasEnded: true });
  ledger.runs = [];
  await beat();
  expect([told.disowned, reasonOf(held)]).toEqual([[], undefined]);
});

test('LV-1, CL-3 what is not in hand is handed back after two beats, and not before', async () => {
  const { ledger, told, membership, beat } = await aWorker();
  const runId = randomUUID();
  ledger.runs = [{ runId, attempt: 3, cancelRequested: false }];
  await beat();
  expect(told.handedBack).toEqual([]);
  await beat();
  expect(told.handedBack).toEqual([[[runId], [3], membership.id()]]);
});

test('CL-3 what a claim that was given up has got goes back at once', async () => {
  const { ledger, told, givenUp, membership, beat } = await aWorker();
  const [runId, token] = [randomUUID(), randomUUID()];
  givenUp.add(token);
  ledger.runs = [{ runId, attempt: 3, token, cancelRequested: false }];
  await beat();
  expect(told.handedBack).toEqual([[[runId], [3], membership.id()]]);
});

test('CL-3 a claim in flight counts as in hand, however many beats it takes', async () => {
  const { ledger, told, claiming, beat } = await aWorker();
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
  const { ledger, told, beat } = await aWorker();
  const [first, second] = [randomUUID(), randomUUID()];
  for (const runId of [first, second, first, second]) {
    ledger.runs = [{ runId, attempt: 1, cancelRequested: false }];
    await beat();
  }
  expect(told.handedBack).toEqual([]);
});

test('LV-6 declared dead: turns and guard are ended, and it comes back under another id with another guard', async () => {
  const { ledger, told, membership, beat, working } = await aWorker();
  const held = working();
  const [before, guard] = [membership.id(), membership.guard()];
  ledger.isDead = true;
  await beat();
  expect([told.deaths, membership.id(), reasonOf(held), guard.isEnded()]).toEqual([
    1,
    null,
    'disowned',
    true,
  ]);
  ledger.isDead = false;
  ledger.runs = [];
  await beat();
  expect(membership.id()).not.toBeNull();
  expect(membership.id()).not.toBe(before);
  expect(told.beats.at(-1)?.[0]).toBe(membership.id());
  expect(told.disowned, 'once is enough').toEqual([]);
});

test('LV-6, GD-3 only an answer that says "alive" is a dot, of the time at which its beat was sent', async () => {
  const { ledger, told, membership, beat } = await aWorker();
  const guard = membership.guard();
  let answeredAtMs = 0;
  ledger.whileAnswering = () => {
    answeredAtMs = monotonicMs();
  };
  const beforeMs = monotonicMs();
  await beat();
  const [, dot = 0] = guard.dots;
  expect(dot).toBeGreaterThanOrEqual(beforeMs);
  expect(dot).toBeLessThanOrEqual(answeredAtMs);
  expect(told.alive).toBe(1);

  ledger.isDead = true;
  await beat();
  ledger.whileAnswering = () => {
    throw new StorageUnavailable('no answer');
  };
  await expect(beat()).rejects.toThrow('no answer');
  expect([guard.dots.length, membership.guard().dots, told.alive]).toEqual([2, [], 1]);
});

test('a worker without a guard still beats, for what it has in hand, and gets no permission', async () => {
  const { told, membership, beat } = await aWorker();
  membership.guard().die();
  await membership.guard().ended;
  membership.refuseGuards('EAGAIN');
  await expect(beat()).rejects.toThrow('EAGAIN');
  expect(told.beats).toHaveLength(1);
  expect(membership.permission()).toBeNull();
  membership.refuseGuards(null);
  await beat();
  expect(membership.permission()).toBe(membership.guard());
});

test('LV-6 what the dead id was missing is not handed back under the new one', async () => {
  const { ledger, told, beat } = await aWorker();
  ledger.runs = [{ runId: randomUUID(), attempt: 1, cancelRequested: false }];
  await beat();
  ledger.isDead = true;
  await beat();
  ledger.isDead = false;
  await beat();
  expect(told.handedBack).toEqual([]);
});

test('a beat that is not answered is an error, and ends nothing', async () => {
  const { ledger, told, beat, working } = await aWorker();
  const held = working();
  ledger.whileAnswering = () => {
    throw new StorageUnavailable('no answer');
  };
  await expect(beat()).rejects.toThrow('no answer');
  expect([told.deaths, reasonOf(held)]).toEqual([0, undefined]);
});

test('each answer is a reading of the database’s clock, which the next beat tells (CK-2)', async () => {
  const { ledger, told, clock, beat } = await aWorker();
  ledger.now = Date.now() + 1_000;
  await beat();
  expect(clock.now() - Date.now()).toEqual(expect.closeTo(1_000, -2));
  await beat();
  expect(told.beats.at(-1)?.[5]).toEqual(expect.closeTo(-1_000, -2));
});
