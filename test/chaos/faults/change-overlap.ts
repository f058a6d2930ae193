import { createClient } from '../load/client.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';

interface Open {
  readonly slug: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Somebody makes a job `skip` whose runs overlap. */
export const changeOverlap: FaultKind = {
  name: 'overlap changed',
  weight: 1,
  aim: (stage) => ({
    target: 'overlap',
    async inject() {
      const { api, history, store } = stage;
      const [job] = await store.ask<Open>({ name: '', text: findOpen });
      if (job === undefined) throw new NothingToBreak('every job is skip');
      const { slug, document } = job;
      const body = { ...document, overlap: 'skip' };
      await createClient(
        api,
        history,
      )({ what: 'put', method: 'PUT', path: `/jobs/${slug}`, body, job: slug });
    },
  }),
};

const findOpen = `
  SELECT j.slug, v.document FROM jobs j JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
  WHERE j.overlap = 'allow' AND (SELECT count(*) FROM runs r
    WHERE r.job_id = j.id AND r.state = 'queued' AND r.attempt > 0) > 1
  ORDER BY j.slug LIMIT 1`;
