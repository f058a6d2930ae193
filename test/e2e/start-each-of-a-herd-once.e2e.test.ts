import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSettled } from '@flotilla/domain';
import { expect } from 'vitest';
import { inMs, leaveLine, shellJob } from '../support/builders.ts';
import type { FleetApi } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 3, slots: 20 });

const size = 500;
/** PUTs at once, as a script that applies many files. */
const clients = 10;

/** Jobs without a schedule that are put first, to see how long this machine takes to put all of them. */
const trials = 20;
/** Between the last job and the moment at which all are due. */
const quietMs = 8_000;

const some = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);

async function putAll(api: FleetApi, ids: readonly string[], document: object): Promise<void> {
  const left = [...ids];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) await api.putJob(id, document);
    }),
  );
}

async function timeOf(work: Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work;
  return performance.now() - startedMs;
}

test('500 jobs due in the same second are 500 runs, each started once', async ({ fleet }) => {
  const { api } = fleet;
  const sideEffects = join(fleet.dir, 'side-effects');
  const ids = some('herd', size);
  const aheadMs =
    quietMs + 1.5 * (await timeOf(putAll(api, some('trial', trials), shellJob('true')))) * (size / trials);
  await putAll(api, ids, shellJob(leaveLine(sideEffects), { schedule: inMs(aheadMs) }));

  await waitFor('all runs to end', async () => {
    const [row] = await fleet.ask<{ open: number; settled: number }>(
      `SELECT count(*) FILTER (WHERE settled_at IS NULL) AS open,
              count(*) FILTER (WHERE settled_at IS NOT NULL) AS settled FROM runs`,
    );
    expect(row).toEqual({ open: 0, settled: size });
    return true;
  });

  const runs = (await Promise.all(ids.map((id) => api.runsOf(id)))).flat();
  expect(runs).toHaveLength(size);
  expect(runs.filter(({ state }) => isSettled(state) && state !== 'succeeded')).toEqual([]);
  expect(runs.filter(({ attempt }) => attempt !== 1)).toEqual([]);
  expect(runs.filter(({ startedAt, dueAt }) => (startedAt ?? '') < dueAt)).toEqual([]);

  const lines = (await readFile(sideEffects, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(size);
  expect(new Set(lines)).toEqual(new Set(runs.map(({ id }) => id)));

  const workers = await fleet.ask('SELECT DISTINCT worker_id FROM attempts');
  expect(workers, 'each worker has a share').toHaveLength(3);
});
