import { nearest } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { listSlugs } from './sql/jobs.ts';

/** The known slug that was probably meant. */
export async function nearestSlug(session: Session, slug: string): Promise<string | null> {
  const rows = await session.ask<{ slug: string }>(listSlugs);
  return (
    nearest(
      slug,
      rows.map((row) => row.slug),
    ) ?? null
  );
}
