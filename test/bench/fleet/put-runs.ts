import { randomUUID } from 'node:crypto';
import { insertNewRuns } from '@flotilla/storage';
import { ask } from './ask.ts';
import type { Fleet } from './fleet.ts';

/** Rows that one transaction puts, here and where others are measured. */
export const putBatch = 1_000;

/**
 * Puts `count` runs of a job into the ledger, due at one instant, as the rows and events that starting each by hand
 * would leave: a thousand in a transaction, since a call of the API for each would measure the API.
 */
export async function putRuns(fleet: Fleet, slug: string, count: number, dueAt: number): Promise<void> {
  const [job] = await ask<{ id: string; revision: number }>(
    fleet,
    'SELECT id, revision FROM jobs WHERE slug = $1 AND deleted_at IS NULL',
    slug,
  );
  if (job === undefined) throw new Error(`there is no job ${slug}`);
  for (let put = 0; put < count; put += putBatch) {
    const runs = Array.from({ length: Math.min(putBatch, count - put) }, () => ({
      jobId: job.id,
      revision: job.revision,
      cause: 'manual' as const,
      key: randomUUID(),
      dueAt,
      state: 'queued' as const,
      reason: null,
      pool: 'default',
    }));
    await insertNewRuns(fleet.store, runs);
  }
}
