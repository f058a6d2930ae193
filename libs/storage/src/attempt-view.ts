import type { Outcome, Usage } from '@flotilla/domain';
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
  /** Of an agent turn whose gateway told any of it. */
  readonly usage: Usage | null;
}

/** The database's CHECK holds the outcome to the domain's words. */
export function toAttemptView(attempt: Prisma.AttemptGetPayload<object>): AttemptView {
  const { runId: _, model, inputTokens, outputTokens, cost, ...row } = attempt;
  return {
    ...row,
    handedOutAt: epochMsOrNull(row.handedOutAt),
    startedAt: epochMs(row.startedAt),
    spawnedAt: epochMsOrNull(row.spawnedAt),
    endedAt: epochMsOrNull(row.endedAt),
    outcome: row.outcome as AttemptView['outcome'],
    stdoutBytes: Number(row.stdoutBytes),
    stderrBytes: Number(row.stderrBytes),
    usage: toUsage({ model, inputTokens, outputTokens, cost }),
  };
}

type UsageColumns = Pick<Prisma.AttemptGetPayload<object>, 'model' | 'inputTokens' | 'outputTokens' | 'cost'>;

function toUsage(columns: UsageColumns): Usage | null {
  const { model, inputTokens, outputTokens, cost } = columns;
  if (model === null && inputTokens === null && outputTokens === null && cost === null) return null;
  return { model, inputTokens: numberOrNull(inputTokens), outputTokens: numberOrNull(outputTokens), cost };
}

function numberOrNull(count: bigint | null): number | null {
  return count === null ? null : Number(count);
}
