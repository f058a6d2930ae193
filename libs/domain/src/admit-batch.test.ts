import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type CatchUp, type CatchUpPolicy, lateThresholdMs } from './catch-up.ts';
import { type Cause, causes } from './key.ts';
import { type Overlap, overlaps } from './overlap.ts';
import { byPlace } from './place.ts';
import { isSettled } from './run-state.ts';
import type { CountedRow } from './testing/counted-rows.ts';
import { type CountedJob, CountingLedger } from './testing/counting-ledger.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const second = 1_000;
const minute = 60_000;
const catchUp: CatchUp = { policy: 'latest', windowMs: null, limit: 100, paceMs: second };

function run(id: string, part: Partial<CountedRow> = {}): CountedRow {
  return {
    id,
    job: 'job',
    cause: 'manual',
    tickAt: null,
    pool: 'pool',
    priority: 0,
    state: 'queued',
    reason: null,
    dueAt: now,
    attempt: 0,
    startBy: null,
    hasWaited: false,
    blockedBy: null,
    heldUntil: null,
    pacedAt: null,
    cancelReason: null,
    ...part,
  };
}

const blocked = (id: string, by: CountedRow['blockedBy'], part: Partial<CountedRow> = {}) =>
  run(id, { state: 'blocked', blockedBy: by, hasWaited: true, ...part });
const atWork = (id: string, part: Partial<CountedRow> = {}) =>
  run(id, { state: 'running', attempt: 1, ...part });
const held = (id: string, part: Partial<CountedRow> = {}) =>
  run(id, { heldUntil: now + second, hasWaited: true, ...part });
const tick = (id: string, lateMs: number, part: Partial<CountedRow> = {}) =>
  run(id, { cause: 'schedule', tickAt: now - lateMs, dueAt: now - lateMs, ...part });

const policy: CountedJob = {
  overlap: 'skip',
  backlog: 25,
  catchUp,
  lateAfterMs: lateThresholdMs,
  jobDeleted: false,
  pause: null,
};

/** One batch of all rows: what they are afterwards. */
function claimed(rows: readonly CountedRow[], overlap: Overlap, capacity: number | null = null) {
  const jobs = { job: { ...policy, overlap }, other: { ...policy, overlap } };
  const ledger = new CountingLedger(now, rows, jobs, { pool: capacity });
  ledger.claim(rows.map(({ id }) => id));
  return rows.map(({ id }) => shown(ledger.rows.get(id)));
}

function shown(row: CountedRow | undefined): string {
  const { state, reason, blockedBy, cancelReason } = row ?? run('nobody');
  return [state, reason ?? blockedBy ?? cancelReason].filter((word) => word !== null).join('/');
}

test('TX-3: of two runs of a skip job in one batch one starts, the earlier due', () => {
  expect(claimed([run('b'), run('a', { dueAt: now - 1 })], 'skip')).toEqual(['skipped/overlap', 'running']);
  expect(claimed([run('b'), run('a')], 'skip')).toEqual(['skipped/overlap', 'running']);
  expect(claimed([run('a'), run('b', { priority: 1 })], 'skip')).toEqual(['skipped/overlap', 'running']);
  expect(claimed([run('a'), run('b')], 'allow')).toEqual(['running', 'running']);
});

test('TX-3: runs of other jobs do not count', () => {
  expect(claimed([run('a'), run('b', { job: 'other' })], 'skip')).toEqual(['running', 'running']);
});

test('TX-3: a run that does not start holds nobody back', () => {
  expect(claimed([run('a', { state: 'missed', dueAt: now - 1 }), run('b')], 'skip')).toEqual([
    'missed',
    'running',
  ]);
});

test('TX-3: the last room of a pool is given once, to the one that comes first', () => {
  const rows = [
    run('a'),
    run('b', { job: 'other', priority: 1 }),
    run('c', { job: 'other', dueAt: now - 1 }),
  ];
  expect(claimed(rows, 'allow', 1)).toEqual(['blocked/pool', 'running', 'blocked/pool']);
});

test('TX-3: the newest of a batch supersedes what the batch has blocked, and takes over what waited before', () => {
  const rows = [
    atWork('r'),
    blocked('x', 'overlap', { dueAt: now - 2 }),
    run('a', { dueAt: now - 1 }),
    run('b'),
  ];
  expect(claimed(rows, 'latest')).toEqual([
    'running',
    'missed/superseded',
    'missed/superseded',
    'blocked/overlap',
  ]);
  expect(claimed(rows, 'cancel')).toEqual([
    'running/overlap_cancel',
    'cancelled/overlap_cancel',
    'cancelled/overlap_cancel',
    'blocked/overlap',
  ]);
});

test('HO-2: a run that was handed out twice does not overlap itself', () => {
  const ledger = new CountingLedger(now, [run('a')], { job: policy }, { pool: 1 });
  expect(ledger.claim(['a', 'a']).admissions.get('a')).toMatchObject({ kind: 'start' });
});

test('AD-2: the next attempt of a run is counted once, whether it comes first or last', () => {
  const again = (id: string, part: Partial<CountedRow> = {}) => run(id, { attempt: 1, ...part });
  expect(claimed([again('a', { dueAt: now - 1 }), run('b')], 'skip')).toEqual(['running', 'skipped/overlap']);
  expect(claimed([again('b'), run('a')], 'skip')).toEqual(['running', 'skipped/overlap']);
  expect(claimed([again('a'), again('b')], 'skip')).toEqual(['running', 'running']);
});

test('a next attempt that is ended in its batch does not start, whether it comes before or behind', () => {
  const rows = [run('a'), run('b', { attempt: 1 })];
  expect(claimed(rows, 'cancel')).toEqual(['running', 'cancelled/overlap_cancel']);
});

test('a run at work, with a message that is stale, is asked to end and stays at work', () => {
  expect(claimed([atWork('a'), run('b')], 'cancel')).toEqual(['running/overlap_cancel', 'blocked/overlap']);
});

test('a blocked run, with a message that is stale, is ended as one that nobody offers', () => {
  const ledger = new CountingLedger(
    now,
    [blocked('a', 'overlap'), run('b')],
    { job: { ...policy, overlap: 'latest' } },
    {},
  );
  const { admissions, ends } = ledger.claim(['a', 'b']);
  expect(admissions.get('a')).toEqual({ kind: 'stale' });
  expect(ends).toEqual(new Map([['a', 'supersede']]));
});

test('GA-3: the room of a run that another supersedes is the other one’s to take', () => {
  const rows = [held('a', { dueAt: now - 1 }), run('b')];
  const ledger = new CountingLedger(now, rows, { job: { ...policy, overlap: 'latest' } }, { pool: 1 });
  ledger.claim(['b']);
  expect([...ledger.rows.values()].map(shown)).toEqual(['missed/superseded', 'running']);
});

test('GA-3: later arrivals block behind a room that is held, and the one that holds it starts', () => {
  const rows = [run('a', { job: 'other', priority: 1 }), held('b')];
  expect(claimed(rows, 'queue', 1)).toEqual(['blocked/pool', 'running']);
  expect(claimed([run('a', { priority: 1 }), held('b')], 'queue')).toEqual(['blocked/overlap', 'running']);
});

test('GA-3: a room that becomes free within a batch is for those that the batch has blocked', () => {
  const rows = [
    run('a', { job: 'other' }),
    held('b', { dueAt: now - 1, priority: -1, startBy: now }),
    run('c', { job: 'other', priority: -2 }),
  ];
  expect(claimed(rows, 'allow', 1)).toEqual(['blocked/pool', 'expired/start_deadline', 'blocked/pool']);
});

test('GA-3: what is superseded leaves its room, and its place in the line, to the rest of the batch', () => {
  const others = [run('b', { priority: 1 }), run('c', { job: 'other' })];
  const outcome = ['missed/superseded', 'running', 'running'];
  expect(claimed([held('a', { dueAt: now - 1, priority: -1 }), ...others], 'latest', 2)).toEqual(outcome);
  expect(claimed([blocked('a', 'pool', { dueAt: now - 1 }), ...others], 'latest', 2)).toEqual(outcome);
});

const hour = 60 * minute;
const all: CountedJob = { ...policy, overlap: 'allow', catchUp: { ...catchUp, policy: 'all', limit: 3 } };

test('AD-4: late ticks that all runs are paced, beginning with the oldest, and told apart from those in time', () => {
  const rows = [
    tick('1', 4 * hour),
    tick('2', 3 * hour),
    tick('3', 2 * hour),
    tick('4', hour, { startBy: now + hour }),
    tick('5', 0),
  ];
  const ledger = new CountingLedger(
    now,
    rows,
    { job: { ...all, catchUp: { ...all.catchUp, limit: 4 } } },
    {},
  );
  ledger.claim(['1', '2', '3', '4', '5']);
  expect([...ledger.rows.values()].map((row) => [shown(row), row.dueAt - now, row.pacedAt])).toEqual([
    ['missed/catch_up', -4 * hour, null],
    ['running', -3 * hour, now],
    ['queued', second, now + second],
    ['queued', 2 * second, now + 2 * second],
    ['running', 0, null],
  ]);
  expect(ledger.rows.get('4')?.startBy).toBe(now + hour + hour + 2 * second);
});

test('AD-4: a late tick has had its time, though another run kept it from starting', () => {
  const jobs = { job: { ...all, overlap: 'skip' } } as const;
  const ledger = new CountingLedger(now, [atWork('r'), tick('1', 2 * hour), tick('2', hour)], jobs, {});
  ledger.claim(['1']);
  ledger.claim(['2']);
  expect([...ledger.rows.values()].map(shown)).toEqual(['running', 'skipped/overlap', 'queued']);
  expect(ledger.rows.get('2')).toMatchObject({ dueAt: now + second, hasWaited: true });
});

test('AD-4: a late tick has had its time, though its batch superseded it', () => {
  const jobs = { job: { ...all, overlap: 'latest', catchUp: { ...all.catchUp, paceMs: 0 } } } as const;
  const ledger = new CountingLedger(now, [atWork('r'), tick('1', 2 * hour), tick('2', hour)], jobs, {});
  ledger.claim(['1', '2']);
  expect([...ledger.rows.values()].map(shown).slice(1)).toEqual(['missed/superseded', 'blocked/overlap']);
  expect(ledger.rows.get('1')?.pacedAt).toBe(now);
});

test('AD-4: what catch-up lets in, the backlog does not turn away', () => {
  const jobs = {
    job: { ...all, overlap: 'queue', backlog: 1, catchUp: { ...all.catchUp, paceMs: 0 } },
  } as const;
  const rows = [atWork('r'), blocked('w', 'overlap'), tick('1', hour), tick('2', 0)];
  const ledger = new CountingLedger(now, rows, jobs, {});
  ledger.claim(['1', '2']);
  expect([...ledger.rows.values()].map(shown).slice(2)).toEqual(['blocked/overlap', 'skipped/backlog']);
});

const jobIds = ['job-1', 'job-2', 'job-3'] as const;
const poolOf: Readonly<Record<string, string>> = { 'job-1': 'shared', 'job-2': 'shared', 'job-3': 'own' };

const shapes: readonly Partial<CountedRow>[] = [
  {},
  {},
  {},
  { hasWaited: true },
  { attempt: 1 },
  { hasWaited: true, heldUntil: now + second },
  { hasWaited: true, heldUntil: now + second },
  { hasWaited: true, heldUntil: now - second },
  { attempt: 1, heldUntil: now + second },
  { state: 'running', attempt: 1 },
  { state: 'running', attempt: 1, cancelReason: 'requested' },
  { state: 'blocked', blockedBy: 'overlap', hasWaited: true },
  { state: 'blocked', blockedBy: 'pool', hasWaited: true },
  { state: 'blocked', blockedBy: 'pool', attempt: 1 },
  { state: 'succeeded', attempt: 1, pacedAt: now - 2 * minute },
  { state: 'succeeded', attempt: 1, pacedAt: now + minute },
];

const rowList = fc
  .array(
    fc.record({
      job: fc.constantFrom('job-1', 'job-1', 'job-1', 'job-2', 'job-2', 'job-3'),
      cause: fc.constantFrom<Cause>('schedule', 'schedule', ...causes),
      dueAt: fc.integer({ min: -5, max: 1 }).map((minutes) => now + minutes * minute),
      priority: fc.constantFrom(0, 0, 0, 1),
      startBy: fc.constantFrom(null, null, now, now + minute),
      shape: fc.constantFrom(...shapes),
    }),
    { minLength: 3, maxLength: 14 },
  )
  .map((list) =>
    list.map(({ shape, ...part }, index) =>
      run(`run-${String(index).padStart(2, '0')}`, {
        ...part,
        ...shape,
        pool: poolOf[part.job] ?? '',
        tickAt: part.cause === 'schedule' ? part.dueAt : null,
      }),
    ),
  );
const jobPolicy = fc.record<CountedJob>({
  overlap: fc.constantFrom(...overlaps),
  backlog: fc.constantFrom(1, 2),
  catchUp: fc.record({
    policy: fc.constantFrom<CatchUpPolicy>('none', 'latest', 'all', 'all'),
    windowMs: fc.constantFrom(null, 4 * minute),
    limit: fc.constantFrom(1, 2, 100),
    paceMs: fc.constantFrom(0, second, minute),
  }),
  lateAfterMs: fc.constantFrom(second, lateThresholdMs),
  jobDeleted: fc.constantFrom(false, false, false, false, true),
  pause: fc.constantFrom(null, null, null, { at: now - 2 * minute, until: now - minute }),
});
const policies = fc.record(Object.fromEntries(jobIds.map((id) => [id, jobPolicy])));
const capacities = fc.record({
  shared: fc.constantFrom(null, 1, 2, 3, 5),
  own: fc.constantFrom(null, 1, 2),
});

/** Whether an ended run had waited before it ended is all that tells how it was batched. */
function comparable(ledger: CountingLedger) {
  return [...ledger.rows.values()].map((row) => (isSettled(row.state) ? { ...row, hasWaited: null } : row));
}

test.prop(
  [
    rowList,
    policies,
    capacities,
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3 }),
    fc.infiniteStream(fc.nat()),
  ],
  { numRuns: 1_500 },
)(
  'TX-3: any split of the same runs into batches, each in any order, gives the same rows',
  (list, jobs, rooms, sizes, shuffle) => {
    const ids = list.toSorted(byPlace).map(({ id }) => id);
    const together = new CountingLedger(now, list, jobs, rooms);
    together.claim(ids);

    const split = new CountingLedger(now, list, jobs, rooms);
    for (let from = 0, batch = 0; from < ids.length; batch++) {
      const size = sizes[batch] ?? ids.length;
      const shuffled = ids
        .slice(from, from + size)
        .map((id) => ({ id, place: shuffle.next().value ?? 0 }))
        .toSorted((left, right) => left.place - right.place)
        .map(({ id }) => id);
      split.claim(shuffled);
      from += size;
    }
    expect(comparable(split)).toEqual(comparable(together));
  },
);

test.prop([rowList, policies, capacities], { numRuns: 500 })(
  'GA-1, GA-3: a batch fills no pool beyond its cap, nor the rooms that are held in it',
  (list, jobs, rooms) => {
    const ledger = new CountingLedger(now, list, jobs, rooms);
    const taken = (name: string) => ledger.pool(name).running + ledger.pool(name).held.size;
    const before = { shared: taken('shared'), own: taken('own') };
    ledger.claim(list.map(({ id }) => id));
    for (const [name, capacity] of Object.entries(rooms)) {
      if (capacity !== null)
        expect(taken(name)).toBeLessThanOrEqual(Math.max(capacity, before[name as 'own']));
    }
  },
);

test.prop([rowList, policies, capacities], { numRuns: 500 })(
  'AD-1: a job of any policy but allow has at most one first start, and none beside a run that has started',
  (list, jobs, rooms) => {
    const ledger = new CountingLedger(now, list, jobs, rooms);
    ledger.claim(list.map(({ id }) => id));
    for (const job of jobIds.filter((id) => jobs[id]?.overlap !== 'allow')) {
      const rows = list
        .filter((row) => row.job === job)
        .map((before) => ({ before, after: ledger.rows.get(before.id) }));
      const first = rows.filter(({ before, after }) => before.attempt === 0 && after?.attempt === 1);
      const open = rows.filter(
        ({ after }) => after !== undefined && after.attempt > 0 && !isSettled(after.state),
      );
      if (first.length > 0) expect(open).toEqual(first);
      expect(first.length).toBeLessThanOrEqual(1);
    }
  },
);
