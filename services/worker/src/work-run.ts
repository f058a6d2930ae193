import { randomUUID } from 'node:crypto';
import type { TurnReport } from '@flotilla/domain';
import type { Message, Verdict } from '@flotilla/queue';
import { sleep } from '@flotilla/runtime';
import type { ClaimedRun, SettleResult } from '@flotilla/storage';
import type { Claiming } from './claiming.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { HeldRun, InHand } from './in-hand.ts';
import type { Intake } from './intake.ts';
import type { KeptResults } from './kept-results.ts';
import type { Membership } from './membership.ts';
import type { Settle } from './settling.ts';
import type { PoolSlots } from './slots.ts';
import type { TakeTurn } from './take-turn.ts';
import { verdictOf } from './verdict-of.ts';

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

export interface WorkRunOptions {
  readonly claiming: Claiming;
  readonly inHand: InHand;
  readonly clock: Pick<DatabaseClock, 'now'>;
  readonly membership: Pick<Membership, 'id' | 'permission'>;
  readonly intake: Pick<Intake, 'isOpen' | 'close'>;
  readonly takeTurn: TakeTurn;
  readonly settle: Settle;
  readonly kept: KeptResults;
  /** Aborted when the worker drains: nothing is started any more. */
  readonly draining: AbortSignal;
  readonly onStarted: (run: ClaimedRun, lateMs: number) => void;
  readonly onSettled: (run: ClaimedRun, result: SettleResult) => void;
}

const done: Verdict = { kind: 'done' };
const back: Verdict = { kind: 'back' };

/** The life of one message in a worker: waited for, claimed, carried out, settled. `slots`: as its pool sees them. */
export type WorkRun = (message: Message, slots: PoolSlots) => Promise<Verdict>;

export function createWorkRun(options: WorkRunOptions): WorkRun {
  const { claiming, inHand, clock, membership, intake, takeTurn, settle, kept, draining } = options;

  return async (message, slots) => {
    const close = slots.open();
    try {
      return await work(message, slots);
    } finally {
      close();
    }
  };

  async function work(message: Message, slots: PoolSlots): Promise<Verdict> {
    let { dueAt } = message;
    const token = randomUUID(); // CL-3: one for the message, so that asking again after "undecided" is the same try
    if (dueAt > clock.now()) slots.noteEarly();
    if (dueAt - clock.now() > longestWaitMs) return laterBy(dueAt - clock.now() - longestWaitMs);
    for (;;) {
      if (!(await waitUntil(dueAt)) || !mayClaim()) return back;
      const release = slots.take();
      if (release === null) return back;
      try {
        const answer = await claiming.claim(message, token).catch(() => null);
        if (answer === null || answer.kind === 'refused') return mayClaim() ? laterBy(laterMs) : back;
        if (answer.kind === 'started') return await carryOut(answer.run, answer.answeredAtMs);
        if (answer.kind === 'settled' || answer.kind === 'stale' || answer.kind === 'waits') return done;
        const now = clock.now();
        dueAt = answer.kind === 'notYet' ? Math.max(answer.dueAt, now + notYetMs) : now + undecidedMs;
        if (dueAt - clock.now() > clockErrorMs) return laterBy(dueAt - clock.now() - clockErrorMs);
      } finally {
        release();
      }
    }
  }

  /** GD-4: 15 s after the beat that was answered last nothing is claimed any more; nor is it while the intake is closed. */
  function mayClaim(): boolean {
    if (membership.permission() === null) void intake.close('unheard');
    return intake.isOpen() && !draining.aborted;
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

  /** Ends with the settling, but holds neither slot nor message longer than that is bearable (SE-2). */
  async function carryOut(run: ClaimedRun, claimedAtMs: number): Promise<Verdict> {
    const workerId = membership.id();
    // GD-4: asked once more after the claim's answer, which may have been long on its way.
    if (workerId === null || membership.permission() === null) return giveBack(run);
    const { runId, attempt } = run;
    const [stop, gated] = [new AbortController(), new AbortController()];
    const held: HeldRun = { runId, attempt, claimedAtMs, stop, gated, hasEnded: false };
    inHand.add(held);
    options.onStarted(run, clock.now() - run.dueAt);
    const report = await takeTurn(run, stop.signal, gated.signal);
    held.hasEnded = true;
    // LV-6: nobody would accept what is left of a run that is not ours any more.
    if (stop.signal.reason === 'disowned') {
      inHand.remove(held);
      return done;
    }
    if (report === null) {
      inHand.remove(held);
      return giveBack(run);
    }
    let verdict = done;
    const settling = settleRun(run, workerId, report).then((result) => {
      verdict = verdictOf(result);
    });
    await kept.whileOffered(settling.finally(() => inHand.remove(held)));
    return verdict;
  }

  async function giveBack(run: ClaimedRun): Promise<Verdict> {
    if (membership.permission() === null) void intake.close('unheard');
    await claiming.giveBack(run);
    return done;
  }

  async function settleRun(run: ClaimedRun, workerId: string, report: TurnReport): Promise<SettleResult> {
    const result = await settle({ runId: run.runId, attempt: run.attempt, workerId }, report);
    options.onSettled(run, result);
    return result;
  }
}

/** BullMQ counts from this process's clock, in whole milliseconds. */
function laterBy(ms: number): Verdict {
  return { kind: 'later', at: Math.ceil(Date.now() + ms) };
}
