import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { Outcome } from './outcome.ts';
import { mayBecome, reasons } from './run-state.ts';
import {
  type CancelReason,
  longestRetryAfterMs,
  maxReplays,
  type SettlementFacts,
  settleRun,
} from './settle-run.ts';

const now = Date.parse('2027-01-01T12:00:00Z');
const run = { id: 'run', rootId: 'root', depth: 0, failures: 0, losses: 0 };
const once = {
  attempts: 1,
  delayMs: 30_000,
  factor: 2,
  maxMs: 3_600_000,
  on: ['failed', 'timed_out'],
} as const;
const thrice = { ...once, attempts: 3 };
const child = { jobId: 'child', revision: 1, enabled: true, on: 'complete', delayMs: 0 } as const;
const facts: SettlementFacts = {
  now,
  retry: once,
  guarantee: 'at-most-once',
  cancelReason: null,
  jobDeleted: false,
  children: [child],
};

const good: Outcome = { kind: 'exited', exitCode: 0 };
const bad: Outcome = { kind: 'exited', exitCode: 7 };
const signalled: Outcome = { kind: 'signalled', signal: 'SIGSEGV' };
const timedOut: Outcome = { kind: 'timed_out' };
const outputLimit: Outcome = { kind: 'output_limit' };
const misconfigured: Outcome = { kind: 'misconfigured', message: 'no such folder' };
const cancelled: Outcome = { kind: 'cancelled' };
const drained: Outcome = { kind: 'drained' };
const unstorable: Outcome = { kind: 'unstorable_output', message: 'refused' };
const lost: Outcome = { kind: 'lost', message: 'the worker is dead', isGone: false };
const seenGone: Outcome = { ...lost, isGone: true };
const fenced: Outcome = { kind: 'fenced' };
const answered: Outcome = { kind: 'answered' };
const idle: Outcome = { kind: 'idle', message: 'nothing came for 5m' };
const gateway: Outcome = { kind: 'gateway', message: 'it answers 503' };
const outcomes = [
  answered,
  idle,
  gateway,
  good,
  bad,
  signalled,
  timedOut,
  outputLimit,
  misconfigured,
  cancelled,
  drained,
  unstorable,
  lost,
  seenGone,
  fenced,
];

function settle(outcome: Outcome, given: Partial<SettlementFacts> = {}, before: Partial<typeof run> = {}) {
  return settleRun({ ...run, ...before }, outcome, { ...facts, ...given }, 0.5);
}

const ended = (state: string, reason: string | null, failures: number, losses = 0) => ({
  kind: 'settled',
  state,
  reason,
  failures,
  losses,
});

test.each([
  ['exit code 0', good, ended('succeeded', null, 0)],
  ['another exit code', bad, ended('failed', 'exit_code', 1)],
  ['an answer that came to its end', answered, ended('succeeded', null, 0)],
  ['a gateway without a good answer', gateway, ended('failed', 'gateway', 1)],
  ['a gateway that fell silent', idle, ended('timed_out', 'idle', 1)],
  ['a signal', signalled, ended('failed', 'signal', 1)],
  ['its time is over', timedOut, ended('timed_out', 'deadline', 1)],
  ['too much output', outputLimit, ended('failed', 'output_limit', 1)],
  ['a turn that cannot start', misconfigured, ended('failed', 'misconfigured', 1)],
  ['SE-2 unstorable output', unstorable, ended('failed', 'unstorable_output', 1)],
  ['a cancel', cancelled, ended('cancelled', 'requested', 0)],
  ['CN-2 a drain', drained, ended('interrupted', 'drained', 0)],
  ['LV-7 a lost worker', lost, ended('interrupted', 'worker_lost', 0, 1)],
  ['GD-5 a lost worker whose turn is gone', seenGone, ended('interrupted', 'worker_lost', 0, 1)],
  ['GD-4 a turn that the guard ended', fenced, ended('interrupted', 'worker_lost', 0)],
] as const)('%s, without a retry', (_title, outcome, settlement) => {
  expect(settle(outcome)).toMatchObject(settlement);
});

test.each([
  ['CN-1 a failure', bad, 1, 0],
  ['CN-1 a timeout', timedOut, 1, 0],
  ['CN-1 a drain', drained, 0, 0],
  ['CN-1 the cancel itself', cancelled, 0, 0],
  ['GD-4 a turn that the guard ended', fenced, 0, 0],
  ['GD-5 a lost turn that is gone', seenGone, 0, 1],
] as const)(
  'a cancel that is pending turns %s into cancelled, for its reason',
  (_title, outcome, failures, losses) => {
    for (const guarantee of ['at-most-once', 'at-least-once'] as const) {
      for (const cancelReason of ['requested', 'overlap_cancel'] as const) {
        expect(settle(outcome, { cancelReason, retry: thrice, guarantee })).toMatchObject(
          ended('cancelled', cancelReason, failures, losses),
        );
      }
    }
  },
);

test.each([
  ['CN-1 a success', good, ended('succeeded', null, 0)],
  ['LV-7 a lost turn: it is not known to be gone', lost, ended('interrupted', 'worker_lost', 0, 1)],
] as const)('a cancel that is pending does not turn %s into cancelled', (_title, outcome, settlement) => {
  for (const guarantee of ['at-most-once', 'at-least-once'] as const) {
    for (const cancelReason of ['requested', 'overlap_cancel'] as const) {
      expect(settle(outcome, { cancelReason, retry: thrice, guarantee })).toMatchObject(settlement);
    }
  }
});

test.each([
  ['exit code', bad],
  ['signal', signalled],
  ['timeout', timedOut],
  ['output limit', outputLimit],
  ['gateway', gateway],
  ['idle gateway', idle],
])('%s: tried again until the attempts are used up', (_title, outcome) => {
  expect(settle(outcome, { retry: thrice })).toEqual({
    kind: 'requeued',
    dueAt: now + 30_000,
    failures: 1,
    losses: 0,
  });
  expect(settle(outcome, { retry: thrice }, { failures: 1 })).toEqual({
    kind: 'requeued',
    dueAt: now + 60_000,
    failures: 2,
    losses: 0,
  });
  expect(settle(outcome, { retry: thrice }, { failures: 2 })).toMatchObject({ kind: 'settled', failures: 3 });
});

test('what the job got wrong is not tried again, nor what its retry leaves out', () => {
  expect(settle(misconfigured, { retry: thrice })).toMatchObject(ended('failed', 'misconfigured', 1));
  expect(settle(bad, { retry: { ...thrice, on: ['timed_out'] } })).toMatchObject(
    ended('failed', 'exit_code', 1),
  );
  expect(settle(timedOut, { retry: { ...thrice, on: ['timed_out'] } }).kind).toBe('requeued');
  expect(settle(timedOut, { retry: { ...thrice, on: ['failed'] } }).kind).toBe('settled');
});

test.each([
  ['longer than the pause', 90_000, 99_000],
  ['shorter than the pause', 1_000, 30_000],
  ['longer than a retry may ever wait', 25 * 3_600_000, 1.1 * longestRetryAfterMs],
])('a gateway is not asked again before it wants to be: %s', (_title, retryAfterMs, pauseMs) => {
  const busy: Outcome = { kind: 'gateway', message: 'it answers 429', retryAfterMs };
  const retry = { ...thrice, maxMs: 30_000 };
  expect(settle(busy, { retry })).toMatchObject({ kind: 'requeued', dueAt: now + pauseMs });
  expect(settle(busy, { retry: once })).toMatchObject(ended('failed', 'gateway', 1));
});

test('AD-6: a deleted job gets no further attempt', () => {
  expect(settle(bad, { retry: thrice, jobDeleted: true })).toMatchObject(ended('failed', 'exit_code', 1));
  expect(settle(drained, { guarantee: 'at-least-once', jobDeleted: true })).toMatchObject(
    ended('interrupted', 'drained', 0),
  );
  expect(settle(fenced, { guarantee: 'at-least-once', jobDeleted: true })).toMatchObject(
    ended('interrupted', 'worker_lost', 0),
  );
  for (const losses of [0, maxReplays]) {
    expect(settle(lost, { guarantee: 'at-least-once', jobDeleted: true }, { losses })).toMatchObject(
      ended('interrupted', 'worker_lost', 0, losses + 1),
    );
  }
});

test.each([
  ['CN-2: a drained turn', drained],
  ['GD-4: a turn that the guard ended', fenced],
])('%s goes on at once where it may run again, and has cost nothing', (_title, outcome) => {
  const before = { failures: 2, losses: maxReplays };
  expect(settle(outcome, { guarantee: 'at-least-once', retry: thrice }, before)).toEqual({
    kind: 'requeued',
    dueAt: now,
    ...before,
  });
});

test('LV-7: a lost turn goes on at once where it may run again, and is no failure', () => {
  for (const outcome of [lost, seenGone]) {
    expect(settle(outcome, { guarantee: 'at-least-once' }, { losses: maxReplays - 1 })).toEqual({
      kind: 'requeued',
      dueAt: now,
      failures: 0,
      losses: maxReplays,
    });
  }
});

test('LV-7: a run that has lost its worker once more than the replay cap allows is poison', () => {
  for (const outcome of [lost, seenGone]) {
    expect(settle(outcome, { guarantee: 'at-least-once' }, { losses: maxReplays })).toMatchObject({
      ...ended('interrupted', 'replay_cap', 0, maxReplays + 1),
      children: [{ jobId: 'child', key: 'run' }],
    });
  }
});

test('a lost turn is not tried again at most once, whatever its retry says', () => {
  for (const outcome of [lost, seenGone]) {
    expect(settle(outcome, { retry: thrice })).toMatchObject(ended('interrupted', 'worker_lost', 0, 1));
  }
});

test('children fire at the end that is settled, once, after the last try', () => {
  expect(settle(bad, { retry: thrice })).not.toHaveProperty('children');
  expect(settle(bad, { retry: thrice }, { failures: 2 })).toMatchObject({
    children: [{ jobId: 'child', key: 'run' }],
  });
  expect(settle(lost)).toMatchObject({ children: [{ depth: 1 }] });
  expect(settle(cancelled)).toMatchObject({ children: [] });
  expect(settle(bad, { cancelReason: 'requested' })).toMatchObject({ children: [] });
});

const anyFacts = fc.record<SettlementFacts>({
  now: fc.constant(now),
  retry: fc.record({
    attempts: fc.integer({ min: 1, max: 5 }),
    delayMs: fc.nat({ max: 600_000 }),
    factor: fc.constantFrom(1, 2, 10),
    maxMs: fc.nat({ max: 3_600_000 }),
    on: fc.subarray(['failed', 'timed_out'] as const),
  }),
  guarantee: fc.constantFrom('at-most-once', 'at-least-once'),
  cancelReason: fc.constantFrom<CancelReason | null>(null, 'requested', 'overlap_cancel'),
  jobDeleted: fc.boolean(),
  children: fc.constant([child]),
});
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test.prop([fc.constantFrom(...outcomes), anyFacts, fc.nat({ max: 4 }), fc.nat({ max: 3 }), chances])(
  'every end is a transition of the machine, with a reason of its state, and counts at most one failure and one loss',
  (outcome, given, failed, losses, chance) => {
    const failures = Math.min(failed, given.retry.attempts - 1);
    const settlement = settleRun({ ...run, failures, losses }, outcome, given, chance);
    expect(settlement.failures - failures).toBeOneOf([0, 1]);
    expect(settlement.failures).toBeLessThanOrEqual(given.retry.attempts);
    expect(settlement.losses - losses).toBe(outcome.kind === 'lost' ? 1 : 0);
    if (settlement.kind === 'requeued') {
      expect(mayBecome('running', 'queued')).toBe(true);
      expect(given.jobDeleted || given.cancelReason !== null).toBe(false);
      expect(settlement.losses).toBeLessThanOrEqual(maxReplays);
      expect(settlement.failures).toBeLessThan(given.retry.attempts);
      expect(settlement.dueAt - now).toBeGreaterThanOrEqual(0);
      expect(settlement.dueAt - now).toBeLessThanOrEqual(given.retry.maxMs);
      return;
    }
    const { state, reason, children } = settlement;
    expect(mayBecome('running', state)).toBe(true);
    expect(reason === null ? [] : reasons[state]).toEqual(
      reason === null ? [] : expect.arrayContaining([reason]),
    );
    expect(reason === null).toBe(state === 'succeeded');
    expect(reason === 'replay_cap').toBe(
      settlement.losses > maxReplays &&
        !given.jobDeleted &&
        state === 'interrupted' &&
        given.guarantee === 'at-least-once' &&
        given.cancelReason === null,
    );
    expect(children).toHaveLength(state === 'cancelled' ? 0 : 1);
  },
);
