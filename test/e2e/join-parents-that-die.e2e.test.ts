import { join } from 'node:path';
import { expect } from 'vitest';
import { leaveLine, shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 3 });

const chains = 9;
const kills = 3;
const parents = ['left', 'middle', 'right'];
const surely = { overlap: 'allow', guarantee: 'at-least-once' };

interface Joined {
  readonly key: string;
  readonly rootId: string | null;
  readonly parentJobs: string;
  readonly roots: number;
}

test(`GA-1 ${kills} workers killed under ${chains} joins of three parents: each complete set fires once`, async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const starts = join(dir, 'joins');
  await api.putJob('root', shellJob('true', surely));
  for (const parent of parents) {
    await api.putJob(parent, shellJob('sleep 0.4; echo ready', { ...surely, after: { job: 'root' } }));
  }
  const after = { jobs: parents, join: 'all', when: { matches: '^read[y]' } };
  const learns = `${leaveLine(starts)}; cat "$FLOTILLA_CONTEXT"`;
  await api.putJob('joined', shellJob(learns, { ...surely, after }));

  const roots: string[] = [];
  for (let round = 0; round < kills; round++) {
    for (let n = 0; n < chains / kills; n++) roots.push(await api.startRun('root'));
    const busy = await waitFor('a worker with parents at work', async () => {
      const rows = await fleet.ask<{ pid: number }>(
        `SELECT w.pid FROM runs r JOIN jobs j ON j.id = r.job_id JOIN workers w ON w.id = r.worker_id
         WHERE r.state = 'running' AND j.slug = ANY ($1) AND w.state = 'alive' LIMIT 1`,
        parents,
      );
      const [row] = rows;
      return row !== undefined && fleet.crew.all().find(({ pid }) => pid === row.pid);
    });
    await busy.kill('SIGKILL');
    await fleet.addWorker();
  }

  await waitFor('every chain to come to its end', async () => {
    const [row] = await fleet.ask<{ count: number }>(
      "SELECT count(*) AS count FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug = 'joined' AND r.state = 'succeeded'",
    );
    const [open] = await fleet.ask<{ count: number }>(
      "SELECT count(*) AS count FROM runs WHERE state IN ('queued', 'running', 'blocked')",
    );
    return open?.count === 0 && (row?.count ?? 0) >= chains;
  });
  const joined = await fleet.ask<Joined>(
    `SELECT r.key, r.root_id AS "rootId", string_agg(pj.slug, ' ' ORDER BY pj.slug) AS "parentJobs",
       count(DISTINCT p.root_id) AS roots
     FROM runs r JOIN jobs j ON j.id = r.job_id JOIN runs p ON p.id = ANY (r.parent_ids) JOIN jobs pj ON pj.id = p.job_id
     WHERE j.slug = 'joined' GROUP BY r.id`,
  );
  expect(joined.map(({ rootId }) => rootId).sort()).toEqual([...roots].sort());
  for (const one of joined) expect(one).toMatchObject({ parentJobs: 'left middle right', roots: 1 });
  expect(await fleet.ask('SELECT run_id FROM endings')).toEqual([]);
  const [run] = await api.runsOf('joined');
  const [attempt] = (await api.run(run?.id ?? '')).attempts.slice(-1);
  const context = JSON.parse(attempt?.stdout ?? '');
  expect(context.parents.map(({ job, stdout }: { job: string; stdout: string }) => [job, stdout])).toEqual(
    parents.map((parent) => [parent, 'ready\n']),
  );
}, 120_000);
