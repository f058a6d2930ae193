import type { Stage } from '../fleet/stage.ts';
import type {
  AttemptRow,
  EventRow,
  Evidence,
  JobRow,
  PoolRow,
  RevisionRow,
  RunRow,
  WorkerRow,
} from './evidence.ts';
import { readSinkMarks, readWorkerMarks } from './read-marks.ts';
import { readStream } from './read-stream.ts';
import type { SeenEvent, Subscriber } from './subscriber.ts';

/** Reads all that a campaign has left. */
export async function collectEvidence(
  { store, servers, history, sinkFile, workerFile }: Stage,
  subscriber: Subscriber,
): Promise<Evidence> {
  const read = <Row extends object>(text: string) => store.ask<Row>({ name: '', text });
  return {
    history: history.all(),
    marks: [...(await readWorkerMarks(workerFile)), ...(await readSinkMarks(sinkFile))],
    seen: subscriber.seen().filter(isJudged),
    jobs: await read<JobRow>('SELECT id, slug, deleted_at AS "deletedAt" FROM jobs'),
    revisions: await read<RevisionRow>(
      `SELECT job_id AS "jobId", revision, document, created_at AS "createdAt"
       FROM job_revisions ORDER BY job_id, revision`,
    ),
    runs: await read<RunRow>(
      `SELECT id, job_id AS "jobId", cause, key, tick_at AS "tickAt", tick_until AS "tickUntil",
         tick_count AS "tickCount", due_at AS "dueAt", state, reason, pool, start_by AS "startBy", revision, version, attempt,
         parent_id AS "parentId", parent_ids::text[] AS "parentIds", root_id AS "rootId", settled_at AS "settledAt", cancel_requested_at AS "cancelRequestedAt"
       FROM runs`,
    ),
    attempts: await read<AttemptRow>(
      `SELECT run_id AS "runId", number, worker_id AS "workerId", claim_token AS "claimToken", started_at AS "startedAt",
         ended_at AS "endedAt", outcome, exit_code AS "exitCode"
       FROM attempts ORDER BY run_id, number`,
    ),
    workers: await read<WorkerRow>('SELECT id, pid, state, ended_at AS "endedAt" FROM workers'),
    events: await read<EventRow>(
      `SELECT entity_id AS "entityId", version, entity, type, at, (data ->> 'dueAt')::timestamptz AS "dueAt",
         (data ->> 'attempt')::int AS attempt
       FROM events WHERE entity <> 'alarm' ORDER BY entity_id, version`,
    ),
    pools: await read<PoolRow>('SELECT name, capacity FROM pools'),
    stream: (await readStream(servers.nats.url)).filter(isJudged),
  };
}

/** Alarms are still resolved when the fleet has come to rest: they are left out. */
function isJudged({ type }: SeenEvent): boolean {
  return !type.startsWith('alarm.');
}
