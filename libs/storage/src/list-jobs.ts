import type { Session } from './connect.ts';
import { completeRow, type JobRow, type JobView, toJobView } from './job-view.ts';
import { decodeCursor, encodeCursor, type Page } from './page.ts';
import { listJobs as listJobsStatement } from './sql/jobs.ts';

export interface JobFilter {
  readonly tag?: string;
  readonly enabled?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** By slug. */
export async function listJobs(session: Session, filter: JobFilter): Promise<Page<JobView>> {
  const after = filter.cursor === undefined ? null : decodeCursor(filter.cursor, 'job').id;
  const rows = await session.ask<JobRow>(listJobsStatement, [
    after,
    filter.tag ?? null,
    filter.enabled ?? null,
    filter.limit + 1,
  ]);
  const items = rows.slice(0, filter.limit).map((row) => toJobView(completeRow(row)));
  const last = items.at(-1);
  return { items, next: rows.length > filter.limit && last ? encodeCursor({ at: 0, id: last.slug }) : null };
}
