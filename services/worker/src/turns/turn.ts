import type { Cause, Turn, TurnReport } from '@flotilla/domain';
import type { Fence } from '../guard/fence.ts';
import type { Guard } from '../guard/guard.ts';
import type { TurnLog } from '../turn-log/turn-log.ts';

/**
 * Carries out one turn and tells what was seen of it. It never throws for the expected: a missing program, a
 * timeout and a cancel are outcomes. When the report is there, nothing of the turn is left on the machine.
 */
export type TurnRunner<Kind extends Turn = Turn> = (task: TurnTask<Kind>) => Promise<TurnReport>;

export interface TurnTask<Kind extends Turn = Turn> {
  readonly turn: Kind;
  readonly identity: TurnIdentity;
  /** What a triggered child may read of its parents: a JSON file that FLOTILLA_CONTEXT names, or a section of a prompt. */
  readonly context: unknown;
  /** Ends the turn early; its `reason` is a `StopReason`. */
  readonly stop: AbortSignal;
  /** The guard of the worker id under which the run was claimed (GD-1). */
  readonly guard: Guard;
  /** GD-4: somebody else could double the turn: it does not outlive 20 s without an answered beat. */
  readonly isFenced: boolean;
  /** Aborted once it is so after all: its job was given a gate. */
  readonly gated: AbortSignal;
  /** GD-7: the same for turns inside the worker, whose group nobody can kill. */
  readonly fence: () => Fence;
  readonly log: TurnLog;
  /** Called once with the epoch milliseconds at which the process existed, or the gateway was asked. */
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
