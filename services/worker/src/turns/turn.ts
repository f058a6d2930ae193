import type { Cause, ShellTurn, TurnReport } from '@flotilla/domain';
import type { TurnLog } from '../turn-log/turn-log.ts';

/**
 * Carries out one turn and tells what was seen of it. It never throws for the expected: a missing program, a
 * timeout and a cancel are outcomes. When the report is there, nothing of the turn is left on the machine.
 */
export type TurnRunner = (task: TurnTask) => Promise<TurnReport>;

export interface TurnTask {
  readonly turn: ShellTurn;
  readonly identity: TurnIdentity;
  /** What a triggered child may read of its parent; becomes the JSON file that FLOTILLA_CONTEXT names. */
  readonly context: unknown;
  /** Ends the turn early; its `reason` is a `StopReason`. */
  readonly stop: AbortSignal;
  readonly log: TurnLog;
  /** Called once with the epoch milliseconds at which the process existed. */
  readonly onSpawned?: (at: number) => void;
}

/** Who a turn is, as it learns it from its environment. Instants are epoch milliseconds. */
export interface TurnIdentity {
  readonly runId: string;
  /** The job's slug. */
  readonly jobId: string;
  readonly cause: Cause;
  readonly tickAt: number | null;
  readonly attempt: number;
  readonly deadlineAt: number;
  readonly idempotencyKey: string;
  readonly parentRunId: string | null;
}
