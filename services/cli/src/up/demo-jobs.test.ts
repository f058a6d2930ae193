import { parseJob } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { demoJobs } from './demo-jobs.ts';

const jobs = demoJobs(Date.parse('2027-01-01T00:00:00Z'));

test.each(jobs.map((job) => [job.id, job] as const))('%s is a job that the ledger takes', (_, job) => {
  expect(parseJob(job)).toMatchObject({ ok: true });
});

test('a parent comes before its children', () => {
  const ids = jobs.map(({ id }) => id);
  for (const job of jobs) {
    const parent = (job['after'] as { job: string } | undefined)?.job;
    expect(parent === undefined || ids.indexOf(parent) < ids.indexOf(job.id)).toBe(true);
  }
});
