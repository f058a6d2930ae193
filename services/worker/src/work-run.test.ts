import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { emptyExcerpt, type StopReason, type TurnReport } from '@flotilla/domain';
import type { Message, Verdict } from '@flotilla/queue';
import type { ClaimedRun, ClaimResult, SettleResult, TurnOrder } from '@flotilla/storage';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createInHand } from './in-hand.ts';
import { createIntake } from './intake.ts';
import { createKeptResults } from './kept-results.ts';
import { createSlots } from './slots.ts';
import { createTakeTurn } from './take-turn.ts';
import { anAliveMembership } from './test-membership.ts';
import type { TurnTask } from './turns/turn.ts';
import { createWorkRun } from './work-run.ts';

const succeeded: TurnReport = {
  outcome: { kind: 'exited', exitCode: 0 },
  stdout: emptyExcerpt,
  stderr: emptyExcerpt,
  spawnedAt: 1_000,
};
const settled: SettleResult = { kind: 'settled', state: 'succeeded', reason: null };
const order = { slug: 'nightly-report', turn: { timeoutMs: 60_000 }, context: null } as unknown as TurnOrder;

function aMessage(fields: Partial<Message> = {}): Message {
  return { runId: randomUUID(), attempt: 0, number: 1, dueAt: Date.now() - 1, ...fields };
}

function startedRun({ runId, dueAt }: Message): ClaimedRun {
  const ids = { runId, jobId: randomUUID(), idempotencyKey: 'key', parentId: null };
  return { ...ids, token: randomUUID(), attempt: 1, revision: 1, cause: 'schedule', tickAt: dueAt, dueAt };
}

type Answer = ClaimResult | Error | Promise<ClaimResult>;

interface Wiring {
  readonly slots?: number;
  /** Of each claim, by turns; the last one is repeated. By default it starts the run. */
  readonly answers?: readonly Answer[];
  readonly runTurn?: (task: TurnTask) => Promise<TurnReport>;
  readonly readOrder?: (runId: string, stop: AbortSignal) => Promise<TurnOrder | null>;
  readonly settle?: () => Promise<SettleResult>;
  readonly slotHeldMs?: number;
}

/** A worker around one `workRun`, with what happened in it. */
async function aWorker(wiring: Wiring = {}) {
  const { answers = [], runTurn = async () => succeeded, readOrder = async () => order } = wiring;
  const { settle = async () => settled, slotHeldMs = 60_000 } = wiring;
  const membership = await anAliveMembership();
  const intake = createIntake();
  intake.open('unheard');
  const slots = createSlots(wiring.slots ?? 1);
  const poolSlots = slots.of('default');
  const inHand = createInHand();
  const draining = new AbortController();
  setMaxListeners(0, draining.signal);
  const seen = {
    claims: [] as { runId: string; token: string; at: number }[],
    tasks: [] as TurnTask[],
    reports: [] as TurnReport[],
    settled: [] as SettleResult[],
    turnFailures: [] as unknown[],
    notBegun: [] as string[],
    givenBack: [] as string[],
  };
  const clock = { now: Date.now };
  const takeTurn = createTakeTurn({
    readOrder,
    runTurn(task) {
      seen.tasks.push(task);
      return runTurn(task);
    },
    logs: {
      open: () => ({ close: async () => undefined }) as never,
      lostBytes: () => 0,
      stop: async () => undefined,
    },
    clock,
    membership,
    intake,
    onTurnFailed: (_run, error) => seen.turnFailures.push(error),
    onNotBegun: (_run, why) => seen.notBegun.push(why),
  });
  const workRun = createWorkRun({
    inHand,
    clock,
    membership,
    intake,
    takeTurn,
    kept: createKeptResults(slotHeldMs),
    claiming: {
      async claim(message, token) {
        const answer = answers[Math.min(seen.claims.length, answers.length - 1)];
        seen.claims.push({ runId: message.runId, token, at: Date.now() });
        if (answer instanceof Error) throw answer;
        return { ...((await answer) ?? { kind: 'started', run: startedRun(message) }), answeredAtMs: 0 };
      },
      isClaiming: () => false,
      giveBack: async ({ runId }) => void seen.givenBack.push(runId),
      dropAll: () => undefined,
    },
    settle(_run, report) {
      seen.reports.push(report);
      return settle();
    },
    draining: draining.signal,
    onStarted: () => undefined,
    onSettled: (_run, result) => seen.settled.push(result),
  });
  return {
    workRun: (message: Message) => workRun(message, poolSlots),
    slots,
    inHand,
    intake,
    membership,
    draining,
    seen,
  };
}

/** A promise that the test settles. */
function gate<Value>() {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A turn that goes on until it is stopped, and reports what stopped it. */
const untilStopped = ({ stop }: TurnTask): Promise<TurnReport> =>
  new Promise((resolve) => {
    const end = () => resolve({ ...succeeded, outcome: { kind: stop.reason as 'cancelled' | 'drained' } });
    if (stop.aborted) end();
    else stop.addEventListener('abort', end);
  });

const untilAborted = (_runId: string, stop: AbortSignal): Promise<null> =>
  new Promise((resolve) => stop.addEventListener('abort', () => resolve(null)));

const done: Verdict = { kind: 'done' };
const back: Verdict = { kind: 'back' };

test('a run is claimed, carried out and settled; then nothing is left of it here', async () => {
  const { workRun, slots, inHand, seen } = await aWorker();
  const message = aMessage();
  expect(await workRun(message)).toEqual(done);
  expect(seen.claims).toMatchObject([{ runId: message.runId }]);
  expect(seen.tasks).toMatchObject([
    {
      identity: { runId: message.runId, jobId: 'nightly-report', attempt: 1, cause: 'schedule' },
      context: null,
    },
  ]);
  expect([seen.reports, seen.settled]).toEqual([[succeeded], [settled]]);
  expect([slots.used(), inHand.all()]).toEqual([0, []]);
});

test('CL-2 a message that came early waits for its moment, and takes no slot meanwhile', async () => {
  const { workRun, slots, seen } = await aWorker();
  const message = aMessage({ dueAt: Date.now() + 60 });
  const working = workRun(message);
  expect([slots.used(), seen.claims]).toEqual([0, []]);
  expect(await working).toEqual(done);
  expect(seen.claims[0]?.at).toBeGreaterThanOrEqual(message.dueAt);
});

test('a message that came far too early goes back until shortly before its time', async () => {
  const { workRun, seen } = await aWorker();
  const dueAt = Date.now() + 60_000;
  const verdict = await workRun(aMessage({ dueAt }));
  expect(verdict).toEqual({ kind: 'later', at: expect.closeTo(dueAt - 5_000, -3) });
  expect(Number.isInteger(verdict.kind === 'later' && verdict.at)).toBe(true);
  expect(seen.claims).toEqual([]);
});

test('CL-2 a run that is not due yet is asked for again at its time, under the same token', async () => {
  const message = aMessage();
  const dueAt = Date.now() + 40;
  const started: ClaimResult = { kind: 'started', run: startedRun(message) };
  const { workRun, seen } = await aWorker({ answers: [{ kind: 'notYet', dueAt }, started] });
  expect(await workRun(message)).toEqual(done);
  expect(seen.claims).toHaveLength(2);
  expect(seen.claims[1]?.at).toBeGreaterThanOrEqual(dueAt);
  expect(seen.claims[1]?.token).toBe(seen.claims[0]?.token);
});

test('a worker whose clock is ahead does not ask in a loop', async () => {
  const notYet: ClaimResult = { kind: 'notYet', dueAt: Date.now() - 1_000 };
  const { workRun, seen } = await aWorker({
    answers: [...Array<ClaimResult>(5).fill(notYet), { kind: 'stale' }],
  });
  expect(await workRun(aMessage())).toEqual(done);
  const times = seen.claims.map(({ at }) => at);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(5 * 5);
});

test('CL-4 a run that was moved away gives up slot and message, which would fetch nothing while it waits', async () => {
  const dueAt = Date.now() + 3_000;
  const { workRun, slots } = await aWorker({ answers: [{ kind: 'notYet', dueAt }] });
  expect(await workRun(aMessage())).toEqual({ kind: 'later', at: expect.closeTo(dueAt - 250, -2) });
  expect(slots.used()).toBe(0);
});

test.each(['settled', 'stale'] as const)('a run that is %s is no work', async (kind) => {
  const answer = kind === 'stale' ? { kind } : { kind, state: 'skipped' as const };
  const { workRun, seen } = await aWorker({ answers: [answer] });
  expect(await workRun(aMessage())).toEqual(done);
  expect([seen.tasks, seen.reports]).toEqual([[], []]);
});

test('TX-2 a run that somebody has locked is asked for again soon', async () => {
  const message = aMessage();
  const { workRun, seen } = await aWorker({
    answers: [{ kind: 'undecided' }, { kind: 'undecided' }, { kind: 'stale' }],
  });
  expect(await workRun(message)).toEqual(done);
  expect(seen.claims).toHaveLength(3);
});

test('whoever may start nothing, or hears no answer, lets the message come again', async () => {
  for (const answer of [{ kind: 'refused' } as const, new Error('no answer')]) {
    const { workRun, slots, seen } = await aWorker({ answers: [answer] });
    const verdict = await workRun(aMessage());
    expect(verdict).toEqual({ kind: 'later', at: expect.closeTo(Date.now() + 1_000, -3) });
    expect([slots.used(), seen.tasks]).toEqual([0, []]);
  }
});

test('CL-4 a due message that finds no slot goes back once, without a claim', async () => {
  const turn = gate<TurnReport>();
  const { workRun, seen } = await aWorker({ runTurn: () => turn.opened });
  const working = workRun(aMessage());
  await vi.waitFor(() => expect(seen.tasks).toHaveLength(1));
  expect(await workRun(aMessage())).toEqual(back);
  expect(seen.claims).toHaveLength(1);
  turn.open(succeeded);
  expect(await working).toEqual(done);
});

test('CN-2 a draining worker gives back what comes and what waits, however much it is', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error) => warnings.push(warning);
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  const { workRun, draining, seen } = await aWorker();
  const waiting = Array.from({ length: 300 }, () => workRun(aMessage({ dueAt: Date.now() + 4_000 })));
  await new Promise((resolve) => setImmediate(resolve));
  draining.abort();
  expect(new Set((await Promise.all(waiting)).map(({ kind }) => kind))).toEqual(new Set(['back']));
  expect(await workRun(aMessage())).toEqual(back);
  expect(seen.claims).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test('CN-2 a claim that is refused because the worker drains goes back at once', async () => {
  const answering = gate<ClaimResult>();
  const { workRun, draining, seen } = await aWorker({ answers: [answering.opened] });
  const working = workRun(aMessage());
  await vi.waitFor(() => expect(seen.claims).toHaveLength(1));
  draining.abort();
  answering.open({ kind: 'refused' });
  expect(await working).toEqual(back);
});

test('CN-2 a turn that is interrupted by the drain is settled so', async () => {
  const { workRun, inHand, seen } = await aWorker({ runTurn: untilStopped });
  const working = workRun(aMessage());
  await vi.waitFor(() => expect(seen.tasks).toHaveLength(1));
  inHand.close('drained');
  expect(await working).toEqual(done);
  expect(seen.reports.map(({ outcome }) => outcome)).toEqual([{ kind: 'drained' }]);
});

test('LV-6 what is disowned is not settled: nobody would accept it', async () => {
  const { workRun, inHand, seen } = await aWorker({ runTurn: untilStopped });
  const working = workRun(aMessage());
  await vi.waitFor(() => expect(seen.tasks).toHaveLength(1));
  inHand.stopAll('disowned');
  expect(await working).toEqual(done);
  expect([seen.reports, inHand.all()]).toEqual([[], []]);
});

test.each(['lost', 'silent'] as const)(
  'LV-6, GD-4 what is claimed by the time that the worker is %s is not carried out, and goes back',
  async (how) => {
    const answering = gate<ClaimResult>();
    const { workRun, membership, intake, seen } = await aWorker({ answers: [answering.opened] });
    const message = aMessage();
    const working = workRun(message);
    await vi.waitFor(() => expect(seen.claims).toHaveLength(1));
    if (how === 'lost') await membership.lose();
    else membership.guard().permit(false);
    answering.open({ kind: 'started', run: startedRun(message) });
    expect(await working).toEqual(done);
    expect([seen.tasks, seen.reports, seen.givenBack]).toEqual([[], [], [message.runId]]);
    expect(intake.isOpen()).toBe(false);
  },
);

test('GD-4 a turn is not begun where the permission lapsed while its order was read', async () => {
  const reading = gate<TurnOrder>();
  const { workRun, membership, inHand, seen } = await aWorker({ readOrder: () => reading.opened });
  const message = aMessage();
  const working = workRun(message);
  await vi.waitFor(() => expect(inHand.all()).toHaveLength(1));
  membership.guard().permit(false);
  reading.open(order);
  expect(await working).toEqual(done);
  expect([seen.tasks, seen.reports, seen.givenBack, inHand.all()]).toEqual([[], [], [message.runId], []]);
});

test('GD-4 without permission a message goes back unclaimed, and no further one is taken', async () => {
  const { workRun, membership, intake, seen } = await aWorker();
  membership.guard().permit(false);
  expect(await workRun(aMessage())).toEqual(back);
  expect([seen.claims, intake.isOpen()]).toEqual([[], false]);
});

test('CL-5 what waits for its moment while the intake closes goes back', async () => {
  const { workRun, intake, seen } = await aWorker();
  const working = workRun(aMessage({ dueAt: Date.now() + 40 }));
  await intake.close('unheard');
  expect(await working).toEqual(back);
  expect(seen.claims).toEqual([]);
});

test('GD-1, GD-4 a turn is given its guard, and whether somebody else could double it', async () => {
  for (const isFenced of [true, false]) {
    const { workRun, membership, seen } = await aWorker({ readOrder: async () => ({ ...order, isFenced }) });
    await workRun(aMessage());
    expect(seen.tasks).toMatchObject([{ guard: membership.guard(), isFenced }]);
    expect(seen.tasks[0]?.fence().signal).toBe(membership.fence().signal);
  }
});

test('a turn that is cancelled before it is known ends as that', async () => {
  const { workRun, inHand, seen } = await aWorker({ readOrder: untilAborted });
  const working = workRun(aMessage());
  await vi.waitFor(() => expect(inHand.all()).toHaveLength(1));
  inHand.stopAll('cancelled' satisfies StopReason);
  await working;
  expect(seen.reports).toMatchObject([{ outcome: { kind: 'cancelled' }, spawnedAt: null }]);
  expect(seen.tasks).toEqual([]);
});

test('CL-3 a turn that is drained before it is known goes back: it never began', async () => {
  const { workRun, inHand, seen } = await aWorker({ readOrder: untilAborted });
  const message = aMessage();
  const working = workRun(message);
  await vi.waitFor(() => expect(inHand.all()).toHaveLength(1));
  inHand.stopAll('drained');
  await working;
  expect([seen.reports, seen.givenBack, inHand.all()]).toEqual([[], [message.runId], []]);
});

test.each([
  ['lost', null, false],
  ['fenced', null, true],
  ['drained', null, true],
] as const)(
  'CL-3 a turn that ends as %s and was never spawned goes back',
  async (kind, spawnedAt, isOpen) => {
    const outcome = kind === 'lost' ? { kind, message: 'EAGAIN in spawn', isGone: true } : { kind };
    const { workRun, intake, seen } = await aWorker({
      runTurn: async () => ({ ...succeeded, outcome, spawnedAt }),
    });
    const message = aMessage();
    expect(await workRun(message)).toEqual(done);
    expect([seen.reports, seen.givenBack]).toEqual([[], [message.runId]]);
    expect(intake.isOpen(), 'a machine without room takes no further one').toBe(isOpen);
    expect(seen.notBegun, 'the ledger does not keep why').toEqual(isOpen ? [] : ['EAGAIN in spawn']);
  },
);

test.each(['lost', 'fenced'] as const)(
  'GD-4 a turn that had begun and was %s is settled so',
  async (kind) => {
    const outcome = kind === 'lost' ? { kind, message: 'its guard died', isGone: true } : { kind };
    const { workRun, seen } = await aWorker({ runTurn: async () => ({ ...succeeded, outcome }) });
    await workRun(aMessage());
    expect([seen.reports.map((report) => report.outcome), seen.givenBack]).toEqual([[outcome], []]);
  },
);

test('a turn that could not even be begun is lost, not failed', async () => {
  const broken = new Error('run is claimed and has no turn');
  const { workRun, seen } = await aWorker({ readOrder: () => Promise.reject(broken) });
  expect(await workRun(aMessage())).toEqual(done);
  expect(seen.turnFailures).toEqual([broken]);
  expect(seen.reports).toMatchObject([{ outcome: { kind: 'lost', message: broken.message } }]);
});

test('SE-2 a result that nobody takes frees slot and message after a while, and stays in hand', async () => {
  const taking = gate<SettleResult>();
  const { workRun, slots, inHand, seen } = await aWorker({ settle: () => taking.opened, slotHeldMs: 5 });
  expect(await workRun(aMessage())).toEqual(done);
  expect([slots.used(), inHand.all()]).toMatchObject([0, [{ hasEnded: true }]]);
  taking.open(settled);
  await inHand.emptied();
  expect(seen.settled).toEqual([settled]);
});
