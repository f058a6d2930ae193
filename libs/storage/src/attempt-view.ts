import type { Outcome } from '@flotilla/domain';
import type { Prisma } from '@flotilla/prisma';
import { epochMs, epochMsOrNull } from './epoch-ms.ts';

/** One try at a run, as people see it. Instants are epoch milliseconds. */
export interface AttemptView {
  readonly number: number;
  readonly workerId: string;
  /** Null: it was claimed before its hand-out was marked. */
  readonly handedOutAt: number | null;
  readonly startedAt: number;
  readonly spawnedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: Outcome['kind'] | 'handed_back' | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  readonly stdout: string;
  readonly stdoutBytes: number;
  readonly stdoutTruncated: boolean;
  readonly stderr: string;
  readonly stderrBytes: number;
  readonly stderrTruncated: boolean;
  /** The retention of outputs is over: what it wrote is gone, how much it was is known. */
  readonly outputPruned: boolean;
}

/** The database's CHECK holds the outcome to the domain's words. */
export function toAttemptView({ runId: _, ...row }: Prisma.AttemptGetPayload<object>): AttemptView {
  return {
    ...row,
    handedOutAt: epochMsOrNull(row.handedOutAt),
    startedAt: epochMs(row.startedAt),
    spawnedAt: epochMsOrNull(row.spawnedAt),
    endedAt: epochMsOrNull(row.endedAt),
    outcome: row.outcome as AttemptView['outcome'],
    stdoutBytes: Number(row.stdoutBytes),
    stderrBytes: Number(row.stderrBytes),
  };
}
