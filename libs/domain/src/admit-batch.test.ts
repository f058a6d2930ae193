import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { admitBatch, type JobStanding, type OfferedRun } from './admit-batch.ts';
import type { Admission } from './admit-run.ts';
import { type CatchUp, lateThresholdMs } from './catch-up.ts';
import { type Cause, causes } from './key.ts';
import type { OtherRun, Overlap } from './overlap.ts';
import type { RunState } from './run-state.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const minute = 60_000;
const catchUp: CatchUp = { policy: 'latest', windowMs: null, limit: 100, paceMs: 1_000 };

interface Row {
  readonly runId: string;
  readonly jobId: string;
  readonly cause: Cause;
  readonly dueAt: number;
  state: RunState;
  attempt: number;
}

interface Policy {
  readonly overlap: Overlap;
  readonly deleted: boolean;
}

/** A ledger in the small: the facts are counted from its rows, as a claim counts them. */
class Ledger {
  readonly rows: Row[];
  readonly policies: Readonly<Record<string, Policy>>;

  constructor(rows: readonly Row[], policies: Readonly<Record<string, Policy>>) {
    this.rows = rows.map((row) => ({ ...row }));
    this.policies = policies;
  }

  /** One claim: facts for all, the decisions, one write. */
  claim(runIds: readonly string[]): ReadonlyMap<string, Admission> {
    const offered = this.rows.filter(({ runId }) => runIds.includes(runId));
    const { admissions } = admitBatch(
      runIds.flatMap((id) => offered.filter(({ runId }) => runId === id)).map((row) => this.#offer(row)),
      { jobs: this.#standings(), pools: new Map() },
    );
    for (const row of offered) {
      const admission = admissions.get(row.runId);
      if (admission?.kind === 'settle') row.state = admission.state;
      if (admission?.kind !== 'start') continue;
      row.state = 'running';
      row.attempt += 1;
    }
    return admissions;
  }

  #standings(): ReadonlyMap<string, JobStanding> {
    const ids = Object.keys(this.policies);
    return new Map(
      ids.map((jobId) => [
        jobId,
        { runs: this.rows.filter((row) => row.jobId === jobId).flatMap(standingOf), pacedUntil: null },
      ]),
    );
  }

  #offer(row: Row): OfferedRun {
    const ofJob = this.rows.filter((other) => other.jobId === row.jobId && other !== row);
    return {
      jobId: row.jobId,
      pool: 'default',
      run: { ...row, id: row.runId, priority: 0, tickAt: null, startBy: null, hasWaited: false },
      now,
      offeredAttempt: row.attempt,
      jobDeleted: this.policies[row.jobId]?.deleted ?? false,
      overlap: this.policies[row.jobId]?.overlap ?? 'skip',
      backlog: 1,
      catchUp,
      lateAfterMs: lateThresholdMs,
      pause: null,
      newerTicks: ofJob.filter(
        ({ cause, dueAt }) => cause === 'schedule' && dueAt > row.dueAt && dueAt <= now,
      ).length,
    };
  }
}

/** AD-2: it has started and is not settled. */
function standingOf({ runId, dueAt, state, attempt }: Row): OtherRun[] {
  const place = { id: runId, priority: 0, dueAt };
  if (state === 'running') return [{ ...place, standing: 'running' }];
  return state === 'queued' && attempt > 0 ? [{ ...place, standing: 'again' }] : [];
}

function run(runId: string, part: Partial<Row> = {}): Row {
  return { runId, jobId: 'job', cause: 'manual', dueAt: now, state: 'queued', attempt: 0, ...part };
}

function kinds(rows: readonly Row[], overlap: Overlap = 'skip') {
  const ledger = new Ledger(rows, { job: { overlap, deleted: false } });
  const admissions = ledger.claim(rows.map(({ runId }) => runId));
  return rows.map(({ runId }) => admissions.get(runId)?.kind);
}

test('TX-3: of two runs of a skip job in one batch one starts, the earlier due', () => {
  expect(kinds([run('b'), run('a', { dueAt: now - 1 })])).toEqual(['settle', 'start']);
  expect(kinds([run('b'), run('a')])).toEqual(['settle', 'start']);
  expect(kinds([run('a'), run('b')], 'allow')).toEqual(['start', 'start']);
});

test('TX-3: runs of other jobs do not count', () => {
  expect(kinds([run('a'), run('b', { jobId: 'other' })])).toEqual(['start', 'start']);
});

test('TX-3: a run that does not start holds nobody back', () => {
  expect(kinds([run('a', { state: 'missed', dueAt: now - 1 }), run('b')])).toEqual(['stale', 'start']);
});

test('HO-2: a run that was handed out twice does not overlap itself', () => {
  const ledger = new Ledger([run('a')], { job: { overlap: 'skip', deleted: false } });
  expect(ledger.claim(['a', 'a']).get('a')).toMatchObject({ kind: 'start' });
});

test('AD-2: the next attempt of a run is counted once, whether it comes first or last', () => {
  expect(kinds([run('a', { attempt: 1, dueAt: now - 1 }), run('b')])).toEqual(['start', 'settle']);
  expect(kinds([run('b', { attempt: 1 }), run('a')])).toEqual(['start', 'settle']);
  expect(kinds([run('a', { attempt: 1 }), run('b', { attempt: 2 })])).toEqual(['start', 'start']);
});

const jobs = ['job-1', 'job-2', 'job-3'] as const;
const rows = fc
  .array(
    fc.record({
      jobId: fc.constantFrom(...jobs),
      cause: fc.constantFrom<Cause>(...causes),
      dueAt: fc.integer({ min: -5, max: 1 }).map((minutes) => now + minutes * minute),
      state: fc.constantFrom<RunState>('queued', 'queued', 'queued', 'running', 'succeeded', 'blocked'),
      attempt: fc.constantFrom(0, 0, 0, 1),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((row, index): Row => ({ ...row, runId: `run-${String(index).padStart(2, '0')}` })));
const policies = fc.record(
  Object.fromEntries(
    jobs.map((id) => [
      id,
      fc.record({
        overlap: fc.constantFrom<Overlap>('skip', 'allow'),
        deleted: fc.constantFrom(false, false, true),
      }),
    ]),
  ),
);

test.prop([rows, policies, fc.array(fc.integer({ min: 1, max: 4 })), fc.infiniteStream(fc.nat())])(
  'TX-3: any split of the same runs into batches, each in any order, admits the same',
  (list, given, sizes, shuffle) => {
    const inOrder = list.toSorted(
      (left, right) => left.dueAt - right.dueAt || (left.runId < right.runId ? -1 : 1),
    );
    const ids = inOrder.map(({ runId }) => runId);
    const together = new Ledger(list, given);
    const expected = together.claim(ids);

    const split = new Ledger(list, given);
    const found = new Map<string, Admission>();
    for (let from = 0, batch = 0; from < ids.length; batch++) {
      const size = sizes[batch] ?? ids.length;
      const shuffled = ids
        .slice(from, from + size)
        .map((id) => ({ id, place: shuffle.next().value ?? 0 }))
        .toSorted((left, right) => left.place - right.place)
        .map(({ id }) => id);
      for (const [id, admission] of split.claim(shuffled)) found.set(id, admission);
      from += size;
    }
    expect(new Map([...found].toSorted())).toEqual(new Map([...expected].toSorted()));
    expect(split.rows).toEqual(together.rows);
  },
);

test.prop([rows, policies])(
  'a skip job has at most one new start, and none beside a run that has started',
  (list, given) => {
    const ledger = new Ledger(list, given);
    const admissions = ledger.claim(list.map(({ runId }) => runId));
    for (const jobId of jobs.filter((id) => given[id]?.overlap === 'skip')) {
      const ofJob = list.filter((row) => row.jobId === jobId);
      const startedBefore = ofJob.filter(
        ({ state, attempt }) => state === 'running' || (state === 'queued' && attempt > 0),
      );
      const fresh = ofJob.filter(
        ({ runId, attempt }) => attempt === 0 && admissions.get(runId)?.kind === 'start',
      );
      expect(fresh.length).toBeLessThanOrEqual(startedBefore.length > 0 ? 0 : 1);
    }
  },
);
