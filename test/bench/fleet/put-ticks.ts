import type { Fleet } from './fleet.ts';

interface Ticks {
  readonly name: string;
  readonly count: number;
  readonly apartMs: number;
  /** From now to the first. */
  readonly aheadMs: number;
}

/** Jobs by the API whose `at` lie so far apart and that run `true`. Gives their names. */
export async function putTicks(
  { api }: Fleet,
  { name, count, apartMs, aheadMs }: Ticks,
): Promise<readonly string[]> {
  const firstAt = Date.now() + aheadMs;
  const jobs = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  await Promise.all(
    jobs.map((job, index) =>
      api.putJob(job, {
        schedule: { at: new Date(firstAt + index * apartMs).toISOString() },
        turn: { argv: ['true'] },
        overlap: 'allow',
      }),
    ),
  );
  return jobs;
}
