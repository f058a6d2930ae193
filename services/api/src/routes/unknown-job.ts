import { Problem } from '../problem.ts';

/** The existing id that is nearest to one that does not exist. */
export type NearestSlug = (slug: string) => Promise<string | null>;

/** The 404 for a job, with the id that was probably meant. */
export async function unknownJob(slug: string, nearestSlug: NearestSlug): Promise<Problem> {
  const nearest = await nearestSlug(slug);
  return nearest === null
    ? new Problem('job_not_found', `there is no job "${slug}": GET /api/v1/jobs lists those there are`)
    : new Problem('job_not_found', `there is no job "${slug}": did you mean "${nearest}"?`, { nearest });
}
