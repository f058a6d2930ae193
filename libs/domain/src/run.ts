import type { Cause } from './key.ts';
import type { Reason, RunState } from './run-state.ts';

/** One occurrence of a job, as the ledger knows it. Instants are epoch milliseconds. */
export interface Run {
  readonly id: string;
  readonly jobId: string;
  readonly cause: Cause;
  readonly key: string;
  /** Nominal time; part of the key of a scheduled run, never changed. Null where no tick caused the run. */
  readonly tickAt: number | null;
  /** A range row stands for the ticks from `tickAt` to `tickUntil`; null for a row that is one run. */
  readonly tickUntil: number | null;
  readonly tickCount: number;
  /** When it should start; may move (spread, retry, delay). */
  readonly dueAt: number;
  readonly state: RunState;
  readonly reason: Reason | null;
  /** The revision of the job that it carries out. */
  readonly revision: number;
  /** Rises with every transition; an event is named by it. */
  readonly version: number;
  /** Rises with every claim; it fences, and counts nothing else. */
  readonly attempt: number;
  /** Attempts that failed; held against the retry policy. */
  readonly failures: number;
  /** Attempts whose worker was lost. */
  readonly losses: number;
  /** The run that began its chain of triggers: itself, where it did. */
  readonly rootId: string;
  /** Triggers between this run and the one that began the chain. */
  readonly depth: number;
  readonly parentId: string | null;
  readonly startedAt: number | null;
  readonly settledAt: number | null;
}
