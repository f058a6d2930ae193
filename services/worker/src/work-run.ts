import { randomUUID } from 'node:crypto';
import type { TurnReport } from '@flotilla/domain';
import { emptyExcerpt, type Outcome, type StopReason } from '@flotilla/domain';
import type { Message, Verdict } from '@flotilla/queue';
import { sleep, withTimeLimit } from '@flotilla/runtime';
import type { ClaimedRun, SettleResult } from '@flotilla/storage';
import type { Claiming } from './claiming.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { HeldRun, InHand } from './in-hand.ts';
import type { ReadOrder } from './read-orders.ts';
import type { Settle } from './settling.ts';
import type { Slots } from './slots.ts';
import type { TurnLogs } from './turn-log/turn-logs.ts';
import { interruptionOutcome } from './turns/carry-out.ts';
import type { TurnRunner } from './turns/turn.ts';

/** A run that is due later than this goes back to the queue instead of being waited for. */
const longestWaitMs = 5_000;
/** So far off may a run be that the claim says is not due yet: further off, it was moved, and goes back too. */
const clockErrorMs = 250;
/** A message that cannot be worked on now comes again after this. */
const laterMs = 1_000;
/** A run that somebody has locked is asked for again after this. */
const undecidedMs = 20;
/** So is one that our clock takes for due and the database does not: a clock that is ahead must not ask in a loop. */
const notYetMs = 5;
/** SE-2: a slot is not held for a database that takes no result; the result is kept and offered on. */
const defaultSlotHeldMs = 60_000;

export interface WorkRunOptions {
  readonly slots: Slots;
  readonly claiming: Claiming;
  readonly inHand: InHand;
  readonly clock: DatabaseClock;
  readonly workerId: () => string | null;
  readonly readOrder: ReadOrder;
  readonly runTurn: TurnRunner;
  readonly logs: TurnLogs;
  readonly settle: Settle;
  /** Aborted when the worker drains: nothing is started any more. */
  readonly draining: AbortSignal;
  readonly slotHeldMs?: number;
  readonly onStarted: (run: ClaimedRun, lateMs: number) => void;
  readonly onSettled: (run: ClaimedRun, result: SettleResult) => void;
  readonly onTurnFailed: (run: ClaimedRun, error: unknown) => void;
}

const done: Verdict = { kind: 'done' };
const back: Verdict = { kind: 'back' };

/** The life of one message in a worker: waited for, claimed, carried out, settled. */
export function createWorkRun(options: WorkRunOptions): (message: Message) => Promise<Verdict> {
  const { slots, claiming, inHand, clock, logs, settle, draining } = options;
  const { slotHeldMs = defaultSlotHeldMs } = options;

  return async (message) => {
    const close = slots.open();
    try {
      return await work(message);
    } finally {
      close();
    }
  };

  async function work(message: Message): Promise<Verdict> {
    let { dueAt } = message;
    const token = randomUUID(); // CL-3: one for the message, so that asking again after "undecided" is the same try
    if (dueAt > clock.now()) slots.noteEarly();
    if (dueAt - clock.now() > longestWaitMs) return laterBy(dueAt - clock.now() - longestWaitMs);
    for (;;) {
      if (!(await waitUntil(dueAt)) || draining.aborted) return back;
      const release = slots.take();
      if (release === null) return back;
      try {
        const answer = await claiming.claim(message, token).catch(() => null);
        if (answer === null || answer.kind === 'refused') return draining.aborted ? back : laterBy(laterMs);
        if (answer.kind === 'started') {
          await carryOut(answer.run, answer.answeredAtMs);
          return done;
        }
        if (answer.kind === 'settled' || answer.kind === 'stale') return done;
        const now = clock.now();
        dueAt = answer.kind === 'notYet' ? Math.max(answer.dueAt, now + notYetMs) : now + undecidedMs;
        if (dueAt - clock.now() > clockErrorMs) return laterBy(dueAt - clock.now() - clockErrorMs);
      } finally {
        release();
      }
    }
  }

  /** False where the wait was cut short by the drain. The millisecond more keeps the claim from coming too early. */
  async function waitUntil(dueAt: number): Promise<boolean> {
    const waitMs = dueAt - clock.now();
    if (waitMs < 0) return true;
    return sleep(Math.ceil(waitMs) + 1, draining).then(
      () => true,
      () => false,
    );
  }

  /** Ends with the settling, but holds neither slot nor message longer than that is bearable. */
  async function carryOut(run: ClaimedRun, claimedAtMs: number): Promise<void> {
    const workerId = options.workerId();
    if (workerId === null) return;
    const { runId, attempt } = run;
    const held: HeldRun = { runId, attempt, claimedAtMs, stop: new AbortController(), hasEnded: false };
    inHand.add(held);
    options.onStarted(run, clock.now() - run.dueAt);
    const report = await takeTurn(run, held.stop.signal);
    held.hasEnded = true;
    // LV-6: nobody would accept what is left of a run that is not ours any more.
    const settling =
      held.stop.signal.reason === 'disowned' ? Promise.resolve() : settleRun(run, workerId, report);
    await withTimeLimit(
      slotHeldMs,
      settling.finally(() => inHand.remove(held)),
    ).catch(() => undefined);
  }

  async function settleRun(run: ClaimedRun, workerId: string, report: TurnReport): Promise<void> {
    options.onSettled(run, await settle({ runId: run.runId, attempt: run.attempt, workerId }, report));
  }

  /** Never throws: a turn that could not even be begun is lost, not failed. */
  async function takeTurn(run: ClaimedRun, stop: AbortSignal): Promise<TurnReport> {
    const log = logs.open(run.runId, run.attempt);
    try {
      const order = await options.readOrder(run.runId, stop);
      if (order === null) return neverStarted(interruptionOutcome(stop.reason as StopReason));
      const { slug, turn, parent } = order;
      return await options.runTurn({
        turn,
        identity: {
          runId: run.runId,
          jobId: slug,
          cause: run.cause,
          tickAt: run.tickAt,
          attempt: run.attempt,
          deadlineAt: clock.now() + turn.timeoutMs,
          idempotencyKey: run.idempotencyKey,
          parentRunId: run.parentId,
        },
        context: parent === null ? null : { parent },
        stop,
        log,
      });
    } catch (error) {
      options.onTurnFailed(run, error);
      return neverStarted({
        kind: 'lost',
        message: error instanceof Error ? error.message : String(error),
        isGone: true,
      });
    } finally {
      await log.close();
    }
  }
}

function neverStarted(outcome: Outcome): TurnReport {
  return { outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt: null };
}

/** BullMQ counts from this process's clock, in whole milliseconds. */
function laterBy(ms: number): Verdict {
  return { kind: 'later', at: Math.ceil(Date.now() + ms) };
}
