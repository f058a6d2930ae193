import type { Outcome, StopReason, TurnReport } from '@flotilla/domain';
import type { ClaimedRun } from '@flotilla/storage';
import type { DatabaseClock } from './database-clock.ts';
import type { Intake } from './intake.ts';
import type { Membership } from './membership.ts';
import type { ReadOrder } from './read-orders.ts';
import { createRoom } from './room.ts';
import type { TurnLogs } from './turn-log/turn-logs.ts';
import { interruptionOutcome } from './turns/carry-out.ts';
import { neverStarted } from './turns/never-started.ts';
import type { TurnRunner } from './turns/turn.ts';

export interface TakeTurnOptions {
  readonly readOrder: ReadOrder;
  readonly runTurn: TurnRunner;
  readonly logs: TurnLogs;
  readonly clock: Pick<DatabaseClock, 'now'>;
  readonly membership: Pick<Membership, 'permission' | 'fence'>;
  readonly intake: Pick<Intake, 'closeFor'>;
  readonly onTurnFailed: (run: ClaimedRun, error: unknown) => void;
  /** A turn was lost before anything of it had begun; its run goes back, and the ledger keeps no word of why. */
  readonly onNotBegun: (run: ClaimedRun, why: string) => void;
}

/**
 * Carries out the turn of a claimed run. Null where nothing of it has begun and nobody is to blame: the run goes back
 * (CL-3). Never throws: a turn that could not even be tried is lost, not failed.
 */
export type TakeTurn = (run: ClaimedRun, stop: AbortSignal, gated: AbortSignal) => Promise<TurnReport | null>;

export function createTakeTurn(options: TakeTurnOptions): TakeTurn {
  const { readOrder, runTurn, logs, clock, membership, intake, onTurnFailed, onNotBegun } = options;
  const room = createRoom(intake);

  return async (run, stop, gated) => {
    const log = logs.open(run.runId, run.attempt);
    try {
      const order = await readOrder(run.runId, stop);
      if (order === null) return begun(run, neverStarted(interruptionOutcome(stop.reason as StopReason)));
      const guard = membership.permission();
      if (guard === null) return null; // GD-4: asked right before the spawn, for the order may have been long on its way
      const { slug, turn, isFenced, context } = order;
      const report = await runTurn({
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
        context,
        stop,
        guard,
        isFenced,
        gated,
        fence: membership.fence,
        log,
      });
      return begun(run, report);
    } catch (error) {
      onTurnFailed(run, error);
      const message = error instanceof Error ? error.message : String(error);
      return neverStarted({ kind: 'lost', message, isGone: true });
    } finally {
      await log.close();
    }
  };

  /** The report, or null where it says that nothing had begun. A machine without room for one turn has none for the next. */
  function begun(run: ClaimedRun, report: TurnReport): TurnReport | null {
    const { outcome, spawnedAt } = report;
    if (spawnedAt !== null) room.found();
    if (spawnedAt !== null || !endedByUs.has(outcome.kind)) return report;
    if (outcome.kind === 'lost') {
      room.lacking();
      onNotBegun(run, outcome.message);
    }
    return null;
  }
}

/** Ends that say nothing of the turn itself. */
const endedByUs: ReadonlySet<Outcome['kind']> = new Set(['lost', 'drained', 'fenced']);
