import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type OtherRun, type Overlap, overlaps } from './overlap.ts';
import { byPlace } from './place.ts';
import { type PoolStanding, unlimited } from './pool.ts';
import { type BlockedRun, type UnblockFacts, unblockRuns } from './unblock-runs.ts';

const blocked = (id: string, part: Partial<BlockedRun> = {}): BlockedRun => ({
  id,
  priority: 0,
  dueAt: 0,
  jobId: 'job',
  pool: 'pool',
  by: 'pool',
  hasStarted: false,
  ...part,
});
const other = (id: string, standing: OtherRun['standing'], part: Partial<OtherRun> = {}): OtherRun => ({
  id,
  priority: 0,
  dueAt: 0,
  standing,
  ...part,
});

function facts(
  jobs: Readonly<Record<string, readonly [Overlap, ...OtherRun[]]>>,
  pool: Partial<PoolStanding> = unlimited,
): UnblockFacts {
  return {
    jobs: new Map(Object.entries(jobs).map(([id, [overlap, ...runs]]) => [id, { overlap, runs }])),
    pools: new Map([['pool', { ...unlimited, ...pool }]]),
  };
}

const free = facts({ job: ['allow'], foe: ['allow'] });
const oneRoom = (jobs: Parameters<typeof facts>[0]) => facts(jobs, { capacity: 2, running: 1 });

test.each<[string, BlockedRun[], UnblockFacts, string[]]>([
  ['a pool that has no cap any more', [blocked('a'), blocked('b')], free, ['a', 'b']],
  ['one room', [blocked('b'), blocked('a')], oneRoom({ job: ['allow'] }), ['a']],
  [
    'one room, the higher priority',
    [blocked('a'), blocked('b', { priority: 1 })],
    oneRoom({ job: ['allow'] }),
    ['b'],
  ],
  [
    'one room, the earlier due',
    [blocked('a', { dueAt: 1 }), blocked('b')],
    oneRoom({ job: ['allow'] }),
    ['b'],
  ],
  [
    'GA-3 a room that is held is taken',
    [blocked('a')],
    facts({ job: ['allow'] }, { capacity: 2, running: 1, held: new Set(['x']) }),
    [],
  ],
  ['a pool above its cap', [blocked('a')], facts({ job: ['allow'] }, { capacity: 1, running: 2 }), []],
  [
    'queue: one at a time',
    [blocked('a', { by: 'overlap' }), blocked('b', { by: 'overlap' })],
    facts({ job: ['queue', other('a', 'waiting'), other('b', 'waiting')] }),
    ['a'],
  ],
  [
    'queue: not while another is about to be at work',
    [blocked('a', { by: 'overlap' })],
    facts({ job: ['queue', other('a', 'waiting'), other('x', 'held', { dueAt: 9 })] }),
    [],
  ],
  [
    'AD-2 a next attempt does not ask the others of its job, nor its gate (GA-1)',
    [blocked('a', { hasStarted: true })],
    oneRoom({}),
    ['a'],
  ],
  [
    'cancel: what is to try again does not keep the newest waiting, since its start ends it',
    [blocked('a', { by: 'overlap' })],
    facts({ job: ['cancel', other('a', 'waiting'), other('x', 'again')] }),
    ['a'],
  ],
  [
    'skip: one that its claim settles goes on',
    [blocked('a')],
    facts({ job: ['skip', other('a', 'waiting'), other('x', 'running')] }),
    ['a'],
  ],
  ['GA-1 a pool whose gate somebody else holds', [blocked('a', { pool: 'far' })], free, []],
  [
    'GA-1 the first in line is of a job whose gate somebody else holds: the room is left',
    [blocked('a', { jobId: 'foe' }), blocked('b', { dueAt: 1 })],
    oneRoom({ job: ['allow'] }),
    [],
  ],
  [
    'GA-1 one that waits for others of a job whose gate somebody else holds is not in the line',
    [blocked('a', { jobId: 'foe', by: 'overlap' }), blocked('b', { dueAt: 1 })],
    oneRoom({ job: ['allow'] }),
    ['b'],
  ],
  [
    'one whose job is busy does not keep its pool from others',
    [blocked('a', { jobId: 'foe' }), blocked('b', { dueAt: 1 })],
    oneRoom({ job: ['allow'], foe: ['queue', other('a', 'waiting'), other('x', 'running')] }),
    ['b'],
  ],
])('GA-2 %s', (_title, runs, given, expected) => {
  expect(unblockRuns(runs, given).unblocked).toEqual(expected);
});

test('what a run waits for is told where it has changed, so that it stands in the line of its pool', () => {
  const given = facts(
    {
      job: ['queue', other('a', 'waiting'), other('b', 'waiting', { dueAt: 1 })],
      foe: ['queue', other('c', 'waiting'), other('x', 'running')],
    },
    { capacity: 1, running: 1 },
  );
  const runs = [
    blocked('a', { by: 'overlap' }),
    blocked('b', { by: 'overlap', dueAt: 1 }),
    blocked('c', { jobId: 'foe' }),
  ];
  expect(unblockRuns(runs, given).moved).toEqual(
    new Map([
      ['a', 'pool'],
      ['c', 'overlap'],
    ]),
  );
});

const jobIds = ['a', 'b', 'c'] as const;
const poolIds = ['p', 'q'] as const;

interface Line {
  readonly overlaps: Readonly<Record<string, Overlap>>;
  readonly blocked: readonly BlockedRun[];
  readonly facts: UnblockFacts;
}

/** Blocked runs of three jobs in two pools, with others of these jobs beside them. Not every job may be judged. */
const lines = fc
  .record({
    overlaps: fc.record({
      a: fc.constantFrom(...overlaps),
      b: fc.constantFrom(...overlaps),
      c: fc.constantFrom(...overlaps),
    }),
    pools: fc.record({
      a: fc.constantFrom(...poolIds),
      b: fc.constantFrom(...poolIds),
      c: fc.constantFrom(...poolIds),
    }),
    known: fc.subarray([...jobIds, ...jobIds]),
    rooms: fc.record({
      p: fc.record({ capacity: fc.constantFrom(null, 1, 2, 5), running: fc.nat({ max: 4 }) }),
      q: fc.record({ capacity: fc.constantFrom(null, 1, 3), running: fc.nat({ max: 2 }) }),
    }),
    runs: fc.array(
      fc.record({
        jobId: fc.constantFrom(...jobIds),
        standing: fc.constantFrom<OtherRun['standing'] | 'off'>(
          'running',
          'held',
          'again',
          'off',
          'waiting',
          'waiting',
          'waiting',
        ),
        by: fc.constantFrom('overlap', 'pool'),
        priority: fc.constantFrom(0, 0, 1),
        dueAt: fc.nat({ max: 5 }),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ runs, ...given }): Line => {
    const named = runs.map((run, index) => ({
      ...run,
      id: `${run.jobId}${index}`,
      pool: given.pools[run.jobId],
    }));
    const runsOf = (jobId: string) =>
      named.flatMap(({ id, priority, dueAt, standing, ...run }): OtherRun[] =>
        run.jobId !== jobId
          ? []
          : [{ id, priority, dueAt, standing: standing === 'off' ? 'again' : standing }],
      );
    const heldIn = (pool: string) =>
      new Set(named.flatMap((run) => (run.pool === pool && run.standing === 'held' ? [run.id] : [])));
    return {
      overlaps: given.overlaps,
      blocked: named
        .filter(({ standing }) => standing === 'waiting' || standing === 'off')
        .map(({ standing, ...run }) => ({
          ...run,
          hasStarted: standing === 'off',
          by: standing === 'off' ? 'pool' : run.by,
        })),
      facts: {
        jobs: new Map(
          given.known.map((jobId) => [jobId, { overlap: given.overlaps[jobId], runs: runsOf(jobId) }]),
        ),
        pools: new Map(
          poolIds.map((pool) => [pool, { ...unlimited, ...given.rooms[pool], held: heldIn(pool) }]),
        ),
      },
    };
  });

/** The ledger as unblocking leaves it. */
function after({
  facts: { jobs, pools },
  blocked: runs,
  ...line
}: Line): Line & { unblocked: readonly string[] } {
  const { unblocked, moved } = unblockRuns(runs, { jobs, pools });
  const gone = new Set(unblocked);
  const heldIn = (pool: string) =>
    runs.filter((run) => run.pool === pool && gone.has(run.id)).map(({ id }) => id);
  return {
    ...line,
    unblocked,
    blocked: runs
      .filter(({ id }) => !gone.has(id))
      .map((run) => ({ ...run, by: moved.get(run.id) ?? run.by })),
    facts: {
      jobs: new Map(
        [...jobs].map(([id, { overlap, runs: others }]) => [
          id,
          {
            overlap,
            runs: others.map((run) =>
              gone.has(run.id) && run.standing === 'waiting' ? { ...run, standing: 'held' as const } : run,
            ),
          },
        ]),
      ),
      pools: new Map(
        [...pools].map(([name, pool]) => [name, { ...pool, held: new Set([...pool.held, ...heldIn(name)]) }]),
      ),
    },
  };
}

/** By rules of thumb that are written for this test: whether nothing but room keeps a run that may be judged. */
function isReady(run: BlockedRun, { overlaps: policies, facts: { jobs } }: Line): boolean {
  const job = jobs.get(run.jobId);
  if (run.hasStarted) return true;
  if (job === undefined) return false;
  const others = job.runs.filter(({ id }) => id !== run.id);
  const are = (...standings: OtherRun['standing'][]) =>
    others.some(({ standing }) => standings.includes(standing));
  const isFirst = others.every((one) => one.standing !== 'waiting' || byPlace(run, one) < 0);
  const overlap = policies[run.jobId];
  if (overlap === 'queue') return !are('running', 'again', 'held') && isFirst;
  if (overlap === 'latest') return !are('running', 'again') || isOutdated(run, others);
  if (overlap === 'cancel') return !are('running') || isOutdated(run, others);
  return true;
}

function isOutdated(run: BlockedRun, others: readonly OtherRun[]): boolean {
  const isAfter = ({ id, dueAt }: OtherRun) => dueAt > run.dueAt || (dueAt === run.dueAt && id > run.id);
  return others.some((one) => (one.standing === 'held' || one.standing === 'waiting') && isAfter(one));
}

const isFull = ({ capacity, running, held }: PoolStanding) =>
  capacity !== null && running + held.size >= capacity;

test.prop([lines], { numRuns: 1_000 })('GA-3: no more rooms are given than there are', (line) => {
  const left = after(line);
  for (const [name, pool] of left.facts.pools) {
    const before = line.facts.pools.get(name) ?? unlimited;
    const most = Math.max(pool.capacity ?? Number.POSITIVE_INFINITY, before.running + before.held.size);
    expect(pool.running + pool.held.size).toBeLessThanOrEqual(most);
  }
});

test.prop([lines], { numRuns: 1_000 })(
  'GA-2: nobody goes on before one of its pool that comes first and could go',
  (line) => {
    const left = after(line);
    for (const went of line.blocked.filter(({ id }) => left.unblocked.includes(id))) {
      const passed = left.blocked.filter((run) => run.pool === went.pool && byPlace(run, went) < 0);
      expect(passed.filter((run) => isReady(run, left))).toEqual([]);
      // What may not be judged here keeps its place in the line where it waits for room.
      const isUnknown = (run: BlockedRun) => !line.facts.jobs.has(run.jobId) && run.by === 'pool';
      expect(passed.filter(isUnknown)).toEqual([]);
    }
  },
);

test.prop([lines], { numRuns: 1_000 })(
  'GA-2: none that may be judged is left blocked while its job and its pool are free',
  (line) => {
    const left = after(line);
    for (const run of left.blocked) {
      const pool = left.facts.pools.get(run.pool) ?? unlimited;
      const isBehind = left.blocked.some(
        (first) =>
          first.pool === run.pool &&
          byPlace(first, run) < 0 &&
          first.by === 'pool' &&
          !left.facts.jobs.has(first.jobId),
      );
      if (isReady(run, left) && !isBehind) expect(isFull(pool)).toBe(true);
    }
  },
);

test.prop([lines], { numRuns: 1_000 })(
  'one pass does all that there is to do, and says of each what it waits for',
  (line) => {
    const left = after(line);
    const again = unblockRuns(left.blocked, left.facts);
    expect(again.unblocked).toEqual([]);
    expect(again.moved).toEqual(new Map());
    for (const run of left.blocked.filter(({ jobId }) => left.facts.jobs.has(jobId))) {
      expect(run.by).toBe(isReady(run, left) ? 'pool' : 'overlap');
    }
  },
);
