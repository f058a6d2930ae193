import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { leaveLine, shellJob } from './builders.ts';
import type { Fleet } from './fleet.ts';
import { waitFor } from './wait-for.ts';

/** A job that runs each second, and leaves a line for each start. */
export interface Ticking {
  readonly job: string;
  /** Waits until so many ticks that came after now have run. */
  more(count: number): Promise<void>;
  /**
   * Ends it. Every tick since the first has one row, and each that succeeded left one line. Gives the longest wait of a
   * run for its start, in milliseconds, counted from `sinceMs` where it was due before.
   */
  end(sinceMs?: number): Promise<number>;
}

const tickMs = 1_000;

interface Row {
  readonly id: string;
  readonly state: string;
  readonly tickAt: number;
  readonly dueAt: number;
  readonly startedAt: number | null;
  readonly settledAt: number | null;
}

const select = `SELECT r.id, r.state, r.tick_at AS "tickAt", r.due_at AS "dueAt", r.started_at AS "startedAt",
  r.settled_at AS "settledAt" FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug = $1 ORDER BY r.tick_at`;

export async function startTicking({ api, dir, ask }: Fleet, job: string): Promise<Ticking> {
  const file = join(dir, job);
  await api.putJob(job, shellJob(leaveLine(file), { schedule: { every: '1s' }, overlap: 'allow' }));
  const runs = () => ask<Row>(select, job);

  return {
    job,
    async more(count) {
      const since = Date.now();
      await waitFor(`${count} ticks of ${job} from now on`, async () => {
        const after = (await runs()).filter(({ state, tickAt }) => state === 'succeeded' && tickAt > since);
        return after.length >= count;
      });
    },
    async end(sinceMs = 0) {
      await api.post(`/jobs/${job}/disable`);
      const all = await waitFor(`no run of ${job} to be open`, async () => {
        const rows = await runs();
        return rows.every(({ settledAt }) => settledAt !== null) && rows;
      });
      const first = all[0]?.tickAt ?? 0;
      expect(all.map(({ tickAt }) => tickAt)).toEqual(all.map((_, index) => first + index * tickMs));
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const succeeded = all.filter(({ state }) => state === 'succeeded');
      expect(lines.toSorted()).toEqual(succeeded.map(({ id }) => id).toSorted());
      return Math.max(
        ...succeeded.map(({ startedAt, dueAt }) => (startedAt ?? 0) - Math.max(dueAt, sinceMs)),
      );
    },
  };
}
