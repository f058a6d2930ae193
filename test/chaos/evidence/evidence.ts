import type { JobDocument } from '@flotilla/domain';
import type { Written } from '../history.ts';
import type { Mark } from '../inside/note.ts';
import type { SeenEvent } from './subscriber.ts';

/** All that is known of a campaign: what the checker judges. Instants are epoch milliseconds. */
export interface Evidence {
  readonly history: readonly Written[];
  /** Of the sink, of turns inside workers, of claims and of settles. */
  readonly marks: readonly Mark[];
  /** As the stream brought them, repeats included. */
  readonly seen: readonly SeenEvent[];
  /** What lies in the stream in the end, in its order, repeats included. */
  readonly stream: readonly SeenEvent[];
  readonly jobs: readonly JobRow[];
  readonly revisions: readonly RevisionRow[];
  readonly runs: readonly RunRow[];
  readonly attempts: readonly AttemptRow[];
  readonly workers: readonly WorkerRow[];
  readonly events: readonly EventRow[];
  readonly pools: readonly PoolRow[];
}

export interface PoolRow {
  readonly name: string;
  /** Null: it has no cap. */
  readonly capacity: number | null;
}

export interface JobRow {
  readonly id: string;
  readonly slug: string;
  readonly deletedAt: number | null;
}

/** What a job was from an instant on. */
export interface RevisionRow {
  readonly jobId: string;
  readonly revision: number;
  readonly document: JobDocument;
  readonly createdAt: number;
}

export interface RunRow {
  readonly id: string;
  readonly jobId: string;
  readonly cause: string;
  readonly key: string;
  readonly tickAt: number | null;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly dueAt: number;
  readonly state: string;
  readonly reason: string | null;
  readonly pool: string;
  /** Its start deadline. */
  readonly startBy: number | null;
  readonly revision: number;
  readonly version: number;
  readonly attempt: number;
  readonly parentId: string | null;
  /** Of a run that needed all of its parents. */
  readonly parentIds: readonly string[] | null;
  /** The run from which its chain began; null: itself. */
  readonly rootId: string | null;
  readonly settledAt: number | null;
  readonly cancelRequestedAt: number | null;
}

export interface AttemptRow {
  readonly runId: string;
  readonly number: number;
  readonly workerId: string;
  /** Of the claim that started it. */
  readonly claimToken: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
  readonly exitCode: number | null;
}

export interface WorkerRow {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly endedAt: number | null;
}

export interface EventRow {
  readonly entityId: string;
  readonly version: number;
  readonly entity: string;
  readonly type: string;
  readonly at: number;
  /** Of a run's event: when its attempt was due. */
  readonly dueAt: number | null;
  readonly attempt: number | null;
}
