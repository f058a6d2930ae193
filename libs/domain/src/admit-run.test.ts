import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type AdmissionFacts, type AdmittedRun, admitRun } from './admit-run.ts';
import { type CatchUp, type CatchUpPolicy, lateThresholdMs } from './catch-up.ts';
import { type Cause, causes } from './key.ts';
import { type OtherRun, type Overlap, overlaps } from './overlap.ts';
import { type PoolStanding, unlimited } from './pool.ts';
import { mayBecome, type RunState, reasons, runStates } from './run-state.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const minute = 60_000;
const latest: CatchUp = { policy: 'latest', windowMs: null, limit: 100, paceMs: 1_000 };
const none: CatchUp = { ...latest, policy: 'none' };

const queued: AdmittedRun = {
  id: 'run',
  priority: 0,
  state: 'queued',
  attempt: 0,
  dueAt: now,
  tickAt: now,
  cause: 'schedule',
  startBy: null,
  hasWaited: false,
};
const facts: AdmissionFacts = {
  now,
  offeredAttempt: 0,
  jobDeleted: false,
  overlap: 'skip',
  backlog: 2,
  catchUp: latest,
  lateAfterMs: lateThresholdMs,
  pause: null,
  isHeld: false,
  others: [],
  newerTicks: 0,
  pacedUntil: null,
  pool: unlimited,
};

const other = (standing: OtherRun['standing'], part: Partial<OtherRun> = {}): OtherRun => ({
  id: 'other',
  priority: 0,
  dueAt: now - minute,
  standing,
  ...part,
});
const atWork = [other('running')];

const crowd = [...atWork, other('waiting', { id: 'waiting' })];
const all: CatchUp = { ...latest, policy: 'all' };
const full: PoolStanding = { capacity: 1, running: 1, held: new Set(), waiting: [] };

const start = { kind: 'start', ends: [], pacedAt: null };
const stale = { kind: 'stale' };
const settle = (state: string, reason: string) => ({ kind: 'settle', state, reason, pacedAt: null });
const missedByCatchUp = settle('missed', 'catch_up');
const block = (by: string) => ({ kind: 'block', by, ends: [], pacedAt: null });
const retried = { attempt: 1 };
const late = { dueAt: now - 2 * minute, tickAt: now - 2 * minute };
const here = { at: now - minute, until: null };
const child = { cause: 'parent', tickAt: null } as const;

test.each([
  ['a due run starts', {}, {}, start],
  ['CL-2 a run before its time waits', { dueAt: now + 1 }, {}, { kind: 'notYet', dueAt: now + 1 }],
  [
    'CL-2 so does a retry',
    { ...retried, dueAt: now + 1 },
    { offeredAttempt: 1 },
    { kind: 'notYet', dueAt: now + 1 },
  ],
  ['CL-2 a message for an earlier attempt is stale', retried, { offeredAttempt: 0 }, stale],
  ['CL-2 so is one for a later attempt', {}, { offeredAttempt: 1 }, stale],
  ['a running run is stale', { state: 'running', attempt: 1 }, { offeredAttempt: 1 }, stale],
  ['a settled run is stale', { state: 'missed' }, {}, stale],
  ['a settled run of a deleted job too', { state: 'cancelled' }, { jobDeleted: true }, stale],

  ['AD-6 a deleted job starts nothing', {}, { jobDeleted: true }, settle('cancelled', 'job_deleted')],
  [
    'AD-6 not later either',
    { dueAt: now + minute },
    { jobDeleted: true },
    settle('cancelled', 'job_deleted'),
  ],
  [
    'AD-6 and gives no further attempt',
    retried,
    { offeredAttempt: 1, jobDeleted: true },
    settle('cancelled', 'job_deleted'),
  ],

  ['AD-4 latest: late and nothing newer starts', late, {}, start],
  ['AD-4 latest: late with a newer tick', late, { newerTicks: 1 }, settle('missed', 'superseded')],
  ['AD-4 latest: a minute late is not late', { dueAt: now - minute }, { newerTicks: 1 }, start],
  ['AD-4 none: late', late, { catchUp: none }, settle('missed', 'catch_up')],
  [
    'AD-4 all: beyond the limit',
    late,
    { catchUp: { ...latest, policy: 'all', limit: 2 }, newerTicks: 2 },
    settle('missed', 'catch_up'),
  ],
  [
    'AD-4 all: within the limit',
    late,
    { catchUp: { ...latest, policy: 'all', limit: 2 }, newerTicks: 1 },
    { ...start, pacedAt: now },
  ],
  [
    'AD-4 outside the window',
    late,
    { catchUp: { ...latest, windowMs: minute } },
    settle('missed', 'outside_window'),
  ],
  [
    'AD-4 only ticks are caught up: a manual run starts late',
    { ...late, cause: 'manual' },
    { catchUp: none },
    start,
  ],
  ['AD-4 and a child', { ...late, cause: 'parent' }, { catchUp: none }, start],
  ['AD-4 and a backfill', { ...late, cause: 'backfill' }, { catchUp: none }, start],
  [
    'AD-2 a late retry is not asked',
    { ...late, ...retried },
    { offeredAttempt: 1, catchUp: none, newerTicks: 9 },
    start,
  ],

  ['skip: another run has started', {}, { others: atWork }, settle('skipped', 'overlap')],
  ['skip: whatever the cause', { cause: 'manual' }, { others: atWork }, settle('skipped', 'overlap')],
  ['allow: others may have started', {}, { others: atWork, overlap: 'allow' }, start],
  ['AD-2 a retry is not asked', retried, { offeredAttempt: 1, others: atWork }, start],
  [
    'AD-1 catch-up comes before overlap',
    late,
    { newerTicks: 1, others: atWork },
    settle('missed', 'superseded'),
  ],
  ['AD-5 a tick in the pause', {}, { pause: here }, settle('skipped', 'paused')],
  ["AD-5 a tick at the pause's end", {}, { pause: { at: now - minute, until: now } }, start],
  ['AD-5 a tick before the pause', {}, { pause: { at: now + 1, until: null } }, start],
  ['AD-5 a tick before the pause, due in it', { tickAt: now - 2 * minute }, { pause: here }, start],
  [
    'AD-5 a tick in a pause that has ended',
    late,
    { pause: { at: 0, until: now - 1 } },
    settle('skipped', 'paused'),
  ],
  ['AD-5 a child that is due in the pause', child, { pause: here }, settle('skipped', 'paused')],
  ['AD-5 a child that was due before it', { ...child, dueAt: now - 2 * minute }, { pause: here }, start],
  ['AD-5 a run by hand starts', { ...child, cause: 'manual' }, { pause: here }, start],
  ['AD-2 AD-5 a retry is not asked', retried, { offeredAttempt: 1, pause: here }, start],
  [
    'AD-4 late is what the job calls late',
    { dueAt: now - 5_001 },
    { lateAfterMs: 5_000, catchUp: none },
    missedByCatchUp,
  ],
  ['AD-4 and not a millisecond before', { dueAt: now - 5_000 }, { lateAfterMs: 5_000, catchUp: none }, start],
  [
    'AD-4 one that has waited is not asked again',
    { ...late, hasWaited: true },
    { catchUp: none, newerTicks: 9 },
    start,
  ],
  ['AD-4 all: the first late tick starts now', late, { catchUp: all }, { ...start, pacedAt: now }],
  [
    'AD-4 all: the next one a pace later',
    late,
    { catchUp: all, pacedUntil: now },
    { kind: 'pace', dueAt: now + 1_000 },
  ],
  [
    'AD-4 all: long after the last one, now',
    late,
    { catchUp: all, pacedUntil: now - minute },
    { ...start, pacedAt: now },
  ],
  [
    'AD-4 all: paced before anybody is asked for a place',
    late,
    { catchUp: all, pacedUntil: now, others: atWork },
    { kind: 'pace', dueAt: now + 1_000 },
  ],
  ['AD-4 all: one that is not late is not paced', {}, { catchUp: all, pacedUntil: now }, start],
  [
    'AD-4 all: one that was told its time is not paced again',
    { ...late, hasWaited: true },
    { catchUp: all, pacedUntil: now },
    start,
  ],

  ['AD-1 at its start deadline a run expires', { startBy: now }, {}, settle('expired', 'start_deadline')],
  ['AD-1 and not a millisecond before', { startBy: now + 1 }, {}, start],
  [
    'AD-1 the deadline comes before catch-up',
    { ...late, startBy: now },
    { catchUp: none },
    settle('expired', 'start_deadline'),
  ],
  ['AD-1 and before overlap', { startBy: now }, { others: atWork }, settle('expired', 'start_deadline')],
  ['AD-5 but a pause before it', { startBy: now }, { pause: here }, settle('skipped', 'paused')],
  [
    'AD-1 a run before its time has no deadline yet',
    { startBy: now, dueAt: now + 1 },
    {},
    { kind: 'notYet', dueAt: now + 1 },
  ],
  ['AD-2 a retry has none', { ...retried, startBy: now }, { offeredAttempt: 1 }, start],

  ['AD-1 no room in its pool', {}, { pool: full }, block('pool')],
  [
    'AD-1 a room that is held is taken',
    {},
    { pool: { ...full, running: 0, held: new Set(['x']) } },
    block('pool'),
  ],
  [
    'GA-3 but for the run that holds it',
    {},
    { pool: { ...full, running: 0, held: new Set(['run']) } },
    start,
  ],
  [
    'GA-3 who waits for room comes first',
    {},
    { pool: { ...full, running: 0, waiting: [other('waiting')] } },
    block('pool'),
  ],
  [
    'GA-3 but not with a lower priority',
    {},
    { pool: { ...full, running: 0, waiting: [other('waiting', { priority: -1 })] } },
    start,
  ],
  [
    'GA-3 nor before one that holds its room',
    {},
    { pool: { ...full, running: 0, held: new Set(['run']), waiting: [other('waiting')] } },
    start,
  ],
  ['AD-2 a retry needs room too', retried, { offeredAttempt: 1, pool: full }, block('pool')],
  [
    'AD-1 overlap comes before the pool',
    {},
    { overlap: 'queue', others: atWork, pool: full },
    block('overlap'),
  ],
  [
    'AD-1 a run that is skipped asks for no room',
    {},
    { others: atWork, pool: full },
    settle('skipped', 'overlap'),
  ],
  [
    'AD-1 the backlog is asked of a run that comes',
    {},
    { overlap: 'queue', backlog: 1, others: crowd },
    settle('skipped', 'backlog'),
  ],
  [
    'AD-4 and not of one that has waited',
    { hasWaited: true },
    { overlap: 'queue', backlog: 1, others: crowd },
    block('overlap'),
  ],
  [
    'AD-1 due comes before overlap',
    { dueAt: now + 1 },
    { others: atWork },
    { kind: 'notYet', dueAt: now + 1 },
  ],
] as const)('%s', (_title, run, given, admission) => {
  expect(admitRun({ ...queued, ...run }, { ...facts, ...given })).toEqual(admission);
});

const runs = fc.record<AdmittedRun>({
  id: fc.constant('run'),
  priority: fc.constantFrom(0, 1),
  state: fc.constantFrom<RunState>('queued', ...runStates),
  attempt: fc.nat({ max: 2 }),
  dueAt: fc.integer({ min: now - 10 * minute, max: now + 2 * minute }),
  cause: fc.constantFrom<Cause>(...causes),
  tickAt: fc.option(fc.constant(now - minute)),
  startBy: fc.option(fc.integer({ min: now - minute, max: now + minute })),
  hasWaited: fc.boolean(),
});
const otherRuns = fc.array(
  fc.record<OtherRun>({
    id: fc.constantFrom('a', 'b', 'x', 'y'),
    priority: fc.constantFrom(0, 1),
    dueAt: fc.integer({ min: now - 10 * minute, max: now }),
    standing: fc.constantFrom('running', 'again', 'held', 'waiting'),
  }),
  { maxLength: 3 },
);
const pools = fc.record<PoolStanding>({
  capacity: fc.constantFrom(null, 1, 3),
  running: fc.nat({ max: 3 }),
  held: fc.subarray(['run', 'a']).map((ids) => new Set(ids)),
  waiting: fc.array(
    fc.record({ id: fc.constant('b'), priority: fc.constant(0), dueAt: fc.constant(now - minute) }),
    {
      maxLength: 1,
    },
  ),
});
const anyFacts = fc.record<AdmissionFacts>({
  now: fc.constant(now),
  offeredAttempt: fc.nat({ max: 2 }),
  jobDeleted: fc.boolean(),
  overlap: fc.constantFrom<Overlap>(...overlaps),
  catchUp: fc.record({
    policy: fc.constantFrom<CatchUpPolicy>('none', 'latest', 'all'),
    windowMs: fc.option(fc.integer({ min: 1_000, max: 10 * minute })),
    limit: fc.integer({ min: 1, max: 3 }),
    paceMs: fc.constantFrom(0, 1_000),
  }),
  pause: fc.option(
    fc.record({ at: fc.constant(now - 2 * minute), until: fc.constantFrom(null, now, now - 90_000) }),
  ),
  backlog: fc.integer({ min: 1, max: 2 }),
  lateAfterMs: fc.constantFrom(1_000, lateThresholdMs),
  isHeld: fc.boolean(),
  others: otherRuns,
  newerTicks: fc.nat({ max: 3 }),
  pacedUntil: fc.option(fc.integer({ min: now - minute, max: now + minute })),
  pool: pools,
});

test.prop([runs, anyFacts])(
  'whatever is admitted is a transition of the machine, with a reason of its state',
  (run, given) => {
    const admission = admitRun(run, given);
    if (admission.kind === 'stale' || admission.kind === 'notYet') return;
    const becomes = { start: 'running', block: 'blocked', pace: run.state } as const;
    const state = admission.kind === 'settle' ? admission.state : becomes[admission.kind];
    expect(admission.kind === 'pace' || mayBecome(run.state, state)).toBe(true);
    if (admission.kind === 'settle') expect(reasons[admission.state]).toContain(admission.reason);
  },
);

test.prop([runs, anyFacts])(
  'AD-2: of a run that has started only open, due and pool are asked',
  (run, given) => {
    const again = { ...run, attempt: run.attempt + 1 };
    const offered = { ...given, offeredAttempt: again.attempt };
    const admission = admitRun(again, offered);
    const easy = {
      ...offered,
      others: [],
      newerTicks: 0,
      pause: null,
      catchUp: { ...latest, policy: 'all' },
    } as const;
    expect(admission).toEqual(admitRun({ ...again, startBy: null, hasWaited: false }, easy));
  },
);
