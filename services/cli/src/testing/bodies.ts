import { parseJob } from '@flotilla/domain';
import type { JobBody, RunBody, RunDetailBody } from '../client/bodies.ts';

/** A job as the API would show it. */
export function jobBody(document: Record<string, unknown>, known: Partial<JobBody> = {}): JobBody {
  const parsed = parseJob({ turn: { shell: 'true' }, ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return {
    ...parsed.document,
    jobId: '01920000-0000-7000-8000-000000000001',
    revision: 1,
    nextTickAt: null,
    blockedWhy: null,
    paused: null,
    createdAt: '2026-11-21T09:00:00.000Z',
    changedAt: '2026-11-21T09:00:00.000Z',
    ...known,
  };
}

/** A run as the API would show it: succeeded after 0.4 s. */
export function runBody(known: Partial<RunBody> = {}): RunBody {
  return {
    id: '01920000-0000-7000-8000-0000deadbeef',
    job: 'nightly-report',
    cause: 'schedule',
    key: '1795251660000',
    tickAt: '2026-11-21T09:41:00.000Z',
    tickUntil: null,
    tickCount: 1,
    dueAt: '2026-11-21T09:41:00.000Z',
    startedAt: '2026-11-21T09:41:00.012Z',
    settledAt: '2026-11-21T09:41:00.412Z',
    state: 'succeeded',
    reason: null,
    pool: 'default',
    priority: 0,
    blockedBy: null,
    startBy: null,
    attempt: 1,
    failures: 0,
    losses: 0,
    revision: 1,
    version: 3,
    parent: null,
    parents: [],
    retryOf: null,
    worker: null,
    ...known,
  };
}

export function runDetailBody(known: Partial<RunDetailBody> = {}): RunDetailBody {
  return { ...runBody(known), attempts: [], children: [], ...known };
}
