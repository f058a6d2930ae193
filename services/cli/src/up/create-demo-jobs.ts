import type { ApiClient } from '../client/api-client.ts';
import { demoJobs } from './demo-jobs.ts';

/** Creates the demo's jobs that are absent; one that is there, edited or not, is left alone. Returns their ids. */
export async function createDemoJobs(api: ApiClient, nowMs: number): Promise<string[]> {
  const created: string[] = [];
  for (const job of demoJobs(nowMs)) {
    if ((await api.find(['jobs', job.id])) === null) {
      await api.send('PUT', ['jobs', job.id], { body: job });
      created.push(job.id);
    }
  }
  return created;
}
