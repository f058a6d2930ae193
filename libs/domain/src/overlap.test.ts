import { expect, test } from 'vitest';
import { admitBatch, type OfferedRun } from './admit-batch.ts';
import type { Admission } from './admit-run.ts';
import { lateThresholdMs } from './catch-up.ts';
import { noCatchUp } from './job.ts';
import { type Cause, causes } from './key.ts';
import { countsOthers, decideOverlap, type OtherRun, type Overlap, overlaps } from './overlap.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const second = 1_000;

/**
 * What becomes of a run that meets another run of its job. Behind the plus, what it does to the other one: it is asked to
 * end (abort), settled as cancelled (drop) or as missed (miss). What comes before it in its batch has not started yet.
 */
const table = `
                     | nothing | at work     | again       | held        | before it   | behind it | in its batch
skip,   first start  | start   | skipped     | skipped     | skipped     | skipped     | start     | skipped
skip,   unblocked    | start   | skipped     | skipped     | skipped     | start       | start     | start
skip,   next attempt | start   | start       | start       | start       | start       | start     | start
queue,  first start  | start   | wait        | wait        | wait        | wait        | start     | wait
queue,  unblocked    | start   | wait        | wait        | wait        | start       | start     | start
queue,  next attempt | start   | start       | start       | start       | start       | start     | start
latest, first start  | start   | wait        | wait        | start +miss | start +miss | missed    | wait
latest, unblocked    | start   | wait        | wait        | start +miss | start +miss | missed    | start
latest, next attempt | start   | start       | start       | start       | start       | start     | start
cancel, first start  | start   | wait +abort | start +drop | start +drop | start +drop | cancelled | wait +abort
cancel, unblocked    | start   | wait +abort | start +drop | start +drop | start +drop | cancelled | start
cancel, next attempt | start   | start       | start       | start       | start       | start     | start
allow,  first start  | start   | start       | start       | start       | start       | start     | start
allow,  unblocked    | start   | start       | start       | start       | start       | start     | start
allow,  next attempt | start   | start       | start       | start       | start       | start     | start
`;

type Cell = [overlap: Overlap, stage: string, other: string, expected: string];

function cellsOf(text: string): Cell[] {
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const others = head?.filter((cell) => cell !== '') ?? [];
  return lines.flatMap(([title = '', ...cells]) => {
    const [overlap, stage = ''] = title.split(/, +/);
    return others.map((other, index): Cell => [overlap as Overlap, stage, other, cells[index] ?? '']);
  });
}

const standings: Readonly<Record<string, OtherRun['standing']>> = {
  'at work': 'running',
  again: 'again',
  held: 'held',
  'before it': 'waiting',
  'behind it': 'waiting',
};

function offer(id: string, overlap: Overlap, run: Partial<OfferedRun['run']>): OfferedRun {
  const attempt = run.attempt ?? 0;
  return {
    jobId: 'job',
    pool: 'default',
    run: {
      id,
      priority: 0,
      dueAt: now,
      state: 'queued',
      attempt,
      cause: 'manual',
      tickAt: null,
      startBy: null,
      hasWaited: false,
      ...run,
    },
    now,
    offeredAttempt: attempt,
    jobDeleted: false,
    overlap,
    backlog: 25,
    catchUp: noCatchUp,
    lateAfterMs: lateThresholdMs,
    pause: null,
    newerTicks: 0,
    pacedUntil: null,
  };
}

/** One batch, in which another run of the job is as `other` says; the cell that it fills. */
function meet(overlap: Overlap, stage: string, other: string, cause: Cause): string {
  const isUnblocked = stage === 'unblocked';
  const run = offer('run', overlap, {
    cause,
    attempt: stage === 'next attempt' ? 1 : 0,
    hasWaited: isUnblocked,
  });
  const place = { id: 'run', priority: 0, dueAt: now };
  const held: OtherRun[] = isUnblocked ? [{ ...place, standing: 'held' }] : [];
  const standing = standings[other];
  const dueAt = other === 'behind it' ? now + second : now - second;
  const met: OtherRun[] = standing === undefined ? [] : [{ id: 'other', priority: 0, dueAt, standing }];
  const before = other === 'in its batch' ? [offer('other', overlap, { dueAt })] : [];
  const { admissions, ends } = admitBatch([run, ...before], {
    jobs: new Map([['job', { runs: [...held, ...met] }]]),
    pools: new Map(),
  });
  const isAtWork = standing === 'running' || admissions.get('other')?.kind === 'start';
  const end = ends.get('other');
  const done = end === undefined ? '' : end === 'supersede' ? ' +miss' : isAtWork ? ' +abort' : ' +drop';
  return `${wordOf(admissions.get('run'))}${done}`;
}

function wordOf(admission: Admission | undefined): string {
  if (admission?.kind === 'block') return admission.by === 'overlap' ? 'wait' : 'room';
  if (admission?.kind !== 'settle') return admission?.kind ?? 'nothing';
  const { state, reason } = admission;
  return words[`${state}/${reason}`] ?? `${state}/${reason}`;
}

const words: Readonly<Record<string, string>> = {
  'skipped/overlap': 'skipped',
  'missed/superseded': 'missed',
  'cancelled/overlap_cancel': 'cancelled',
};

test.each(cellsOf(table))(
  'AD-1, AD-2 %s, %s, other run %s: %s, whatever the cause',
  (overlap, stage, other, expected) => {
    for (const cause of causes) expect(meet(overlap, stage, other, cause), cause).toBe(expected);
  },
);

const run = { id: 'run', priority: 0, dueAt: now };
const other = (id: string, standing: OtherRun['standing'], part: Partial<OtherRun> = {}): OtherRun => ({
  ...run,
  id,
  standing,
  ...part,
});

function meets(overlap: Overlap, others: readonly OtherRun[], backlog: number | null = 25) {
  return decideOverlap(run, { overlap, others, backlog, isHeld: false });
}

test.each([
  ['one is at work, none waits', [other('a', 'running')], 1, 'wait'],
  ['one is at work, one waits', [other('a', 'running'), other('b', 'waiting')], 1, 'backlog'],
  ['one is about to be at work, one waits', [other('a', 'held'), other('b', 'waiting')], 1, 'backlog'],
  ['one is to try again, one waits', [other('a', 'again'), other('b', 'waiting')], 1, 'backlog'],
  ['one merely awaits a slot', [other('a', 'waiting')], 1, 'wait'],
  ['one awaits a slot, one waits for it', [other('a', 'waiting'), other('b', 'waiting')], 1, 'backlog'],
  ['one awaits a slot, one waits for it', [other('a', 'waiting'), other('b', 'waiting')], 2, 'wait'],
  ['it was asked before', [other('a', 'running'), other('b', 'waiting')], null, 'wait'],
] as const)('AD-1 queue, %s (%j), backlog %s: %s', (_title, others, backlog, expected) => {
  const decision = meets('queue', others, backlog);
  expect(decision.kind === 'settle' ? decision.reason : decision.kind).toBe(expected);
});

test('AD-1 who waits before a run is told by its place in the line: priority, due time, id', () => {
  for (const [overlap, busy] of [
    ['skip', 'settle'],
    ['queue', 'wait'],
  ] as const) {
    const kind = (part: Partial<OtherRun>) => meets(overlap, [other('x', 'waiting', part)]).kind;
    expect(kind({ priority: 1, dueAt: now + second })).toBe(busy);
    expect(kind({ priority: -1, dueAt: now - second })).toBe('free');
    expect(kind({ id: 'a' })).toBe(busy);
    expect(kind({ id: 'z' })).toBe('free');
  }
});

test('AD-1 which of two runs is the newer one is told by when they were to start, whatever their priority', () => {
  for (const overlap of ['latest', 'cancel'] as const) {
    const kind = (part: Partial<OtherRun>) => meets(overlap, [other('x', 'waiting', part)]).kind;
    expect(kind({ priority: 1, dueAt: now - second })).toBe('free');
    expect(kind({ priority: -1, dueAt: now + second })).toBe('settle');
    expect(kind({ id: 'a' })).toBe('free');
    expect(kind({ id: 'z' })).toBe('settle');
  }
});

test('AD-1 cancel ends all others, and waits for those that are at work', () => {
  const others = [other('a', 'running'), other('b', 'again'), other('c', 'held'), other('d', 'waiting')];
  expect(meets('cancel', others)).toEqual({
    kind: 'wait',
    ends: ['a', 'b', 'c', 'd'].map((id) => ({ id, kind: 'cancel' })),
  });
});

test('GA-1 every policy but allow counts others, and so does the pacing of late ticks', () => {
  for (const overlap of overlaps) {
    expect(countsOthers(overlap, 'latest')).toBe(overlap !== 'allow');
    expect(countsOthers(overlap, null)).toBe(overlap !== 'allow');
    expect(countsOthers(overlap, 'all')).toBe(true);
  }
});
