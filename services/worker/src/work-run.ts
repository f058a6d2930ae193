import type { TurnReport } from '@flotilla/domain';
import { emptyExcerpt } from '@flotilla/domain';
import type { Message, Verdict } from '@flotilla/queue';
import { sleep } from '@flotilla/runtime';
import type { ClaimedRun, SettleResult, TurnOrder } from '@flotilla/storage';
import type { Claiming } from './claiming.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { HeldRun, InHand } from './in-hand.ts';
import type { Settle } from './settling.ts';
import type { Slots } from './slots.ts';
import type { TurnLogs } from './turn-log/turn-logs.ts';
import type { TurnRunner } from './turns/turn.ts';

/** A run that is due later than this goes back to the queue instead of being waited for. */
const longestWaitMs = 5_000;
/** A message that cannot be worked on now comes again after this. */
const laterMs = 1_000;
/** A run that somebody has locked is asked for again after this. */
const undecidedMs = 20;
/** SE-2: a slot is not held for a database that takes no result; the result is kept and offered on. */
const slotHeldMs = 60_000;

export interface WorkRunOptions {
  readonly slots: Slots;
  readonly claiming: Claiming;
  readonly inHand: InHand;
  readonly clock: DatabaseClock;
  readonly workerId: () => string | null;
  /** What the claimed run is to do; asked until it is answered. */
  readonly readOrder: (runId: string, signal: AbortSignal) => Promise<TurnOrder>;
  readonly runTurn: TurnRunner;
  readonly logs: TurnLogs;
  readonly settle: Settle;
  /** Aborted when the worker drains: nothing is started any more. */
  readonly draining: AbortSignal;
  readonly onStarted: (run: ClaimedRun, lateMs: number) => void;
  readonly onSettled: (run: ClaimedRun, result: SettleResult) => void;
  readonly onTurnFailed: (run: ClaimedRun, error: unknown) => void;
}

const done: Verdict = { kind: 'done' };
const back: Verdict = { kind: 'back' };

/** The life of one message in a worker: waited for, claimed, carried out, settled. */
export function createWorkRun(options: WorkRunOptions): (message: Message) => Promise<Verdict> {
  const { slots, claiming, inHand, clock, logs, settle, draining } = options;

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
    if (dueAt > clock.now()) slots.noteEarly();
    for (;;) {
      if (dueAt - clock.now() > longestWaitMs)
        return { kind: 'later', at: Date.now() + (dueAt - clock.now()) - longestWaitMs };
      if (!(await waitUntil(dueAt)) || draining.aborted) return back;
      const release = slots.take();
      if (release === null) return back;
      try {
        const answer = await claiming.claim(message).catch(() => null);
        if (answer === null || answer.kind === 'refused') return { kind: 'later', at: Date.now() + laterMs };
        if (answer.kind === 'started') {
          await carryOut(answer.run, answer.answeredAtMs, release);
          return done;
        }
        if (answer.kind === 'settled' || answer.kind === 'stale') return done;
        dueAt = answer.kind === 'notYet' ? answer.dueAt : clock.now() + undecidedMs;
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

  async function carryOut(run: ClaimedRun, claimedAtMs: number, release: () => void): Promise<void> {
    const workerId = options.workerId();
    if (workerId === null) return;
    const held: HeldRun = {
      runId: run.runId,
      attempt: run.attempt,
      claimedAtMs,
      stop: new AbortController(),
    };
    inHand.add(held);
    try {
      options.onStarted(run, clock.now() - run.dueAt);
      const report = await takeTurn(run, held);
      if (held.stop.signal.reason === 'disowned') return; // LV-6: nobody would accept it
      const slow = setTimeout(release, slotHeldMs);
      const result = await settle({ runId: run.runId, attempt: run.attempt, workerId }, report);
      clearTimeout(slow);
      options.onSettled(run, result);
    } finally {
      inHand.remove(held);
    }
  }

  /** Never throws: a turn that could not even be begun is lost, not failed. */
  async function takeTurn(run: ClaimedRun, { stop }: HeldRun): Promise<TurnReport> {
    const log = logs.open(run.runId, run.attempt);
    try {
      const { slug, turn, parent } = await options.readOrder(run.runId, stop.signal);
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
        stop: stop.signal,
        log,
      });
    } catch (error) {
      options.onTurnFailed(run, error);
      const message = error instanceof Error ? error.message : String(error);
      return {
        outcome: { kind: 'lost', message },
        stdout: emptyExcerpt,
        stderr: emptyExcerpt,
        spawnedAt: null,
      };
    } finally {
      await log.close();
    }
  }
}
