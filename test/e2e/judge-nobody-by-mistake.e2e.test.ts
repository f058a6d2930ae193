import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 4, slots: 2 });

/** As long as a Postgres of some size takes to start again. */
const outageMs = 12_000;
/** Beats after which a judge that was wrong about a worker has had its time to be so. */
const manyBeats = 3;

interface WorkerRow {
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly beat: number;
}

const workersOf = ({ ask }: Fleet) => ask<WorkerRow>('SELECT id, pid, state, beat FROM workers ORDER BY id');

/** A turn at work on each of the fleet's slots, until the file is there that this names. */
async function fillSlots({ api, dir }: Fleet, job: string, count: number) {
  const go = join(dir, `${job}-go`);
  await api.putJob(job, shellJob(`until [ -e ${go} ]; do sleep 0.05; done`, { overlap: 'allow' }));
  const runs = await Promise.all(Array.from({ length: count }, () => api.startRun(job)));
  const started = await Promise.all(runs.map((run) => api.started(run)));
  return { go, started };
}

/** Each of these has beaten on, under its own id. */
async function beatenOn(fleet: Fleet, before: readonly WorkerRow[]): Promise<void> {
  await waitFor('every worker to have beaten on', async () => {
    const now = new Map((await workersOf(fleet)).map((worker) => [worker.id, worker]));
    for (const { id, beat } of before) {
      expect(now.get(id)).toMatchObject({ state: 'alive' });
      expect(now.get(id)?.beat).toBeGreaterThanOrEqual(beat + manyBeats);
    }
    return true;
  });
}

test('LV-3 twelve seconds without Postgres, half of the workers restarted with it: nobody healthy is declared dead', async ({
  fleet,
}) => {
  const { api, crew, servers } = fleet;
  const { go, started } = await fillSlots(fleet, 'during-restart', 8);
  const restarted = new Set([fleet.worker(0).pid, fleet.worker(1).pid]);
  const staying = (await workersOf(fleet)).filter(({ pid }) => !restarted.has(pid));
  expect(staying).toHaveLength(2);

  await servers.postgres.stop();
  const outage = sleep(outageMs); // the length of an outage is what is asked for here
  await Promise.all([fleet.worker(0).kill('SIGKILL'), fleet.worker(1).kill('SIGKILL')]);
  await outage;
  await servers.postgres.restart();

  const heirs = await crew.add('worker', 2, { FLOTILLA_SLOTS: '2' });
  const heirPids = heirs.map(({ pid }) => pid);
  const healthy = (await workersOf(fleet)).filter(
    ({ id, pid }) => heirPids.includes(pid) || staying.some((one) => one.id === id),
  );
  expect(healthy).toHaveLength(4);
  await beatenOn(fleet, healthy);

  await writeFile(go, '');
  const ids = new Set(staying.map(({ id }) => id));
  const spared = started.filter(({ worker }) => ids.has(worker ?? ''));
  expect(spared.length).toBeGreaterThan(0);
  for (const { id } of spared) {
    expect(await api.settled(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 });
  }
});
