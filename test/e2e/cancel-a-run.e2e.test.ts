import { join } from 'node:path';
import { expect } from 'vitest';
import { inMs, leaveLine, shellJob } from '../support/builders.ts';
import type { RunView } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { readPid } from '../support/left-process.ts';
import { livingProcesses } from '../support/process-table.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1 });

/** Two processes in the turn's group, which both take no notice of TERM. */
const stubborn = (pidFile: string) =>
  `trap '' TERM; sh -c 'sleep 300; true' & echo $$ > ${pidFile}; wait; sleep 300`;

async function membersOf(group: number): Promise<number[]> {
  return (await livingProcesses()).filter((row) => row.group === group).map(({ pid }) => pid);
}

test('a queued run is cancelled at once, and never starts', async ({ fleet: { api, dir } }) => {
  const starts = join(dir, 'starts');
  await api.putJob('planned', shellJob(leaveLine(starts), { schedule: inMs(3_000) }));
  await api.putJob('after-it', shellJob('true', { schedule: inMs(4_000) }));
  const [run] = await waitFor('its plan', async () => {
    const runs = await api.runsOf('planned');
    return runs.length > 0 && runs;
  });

  const reply = await api.post<RunView>(`/runs/${run?.id}/cancel`);
  expect(reply).toMatchObject({
    status: 202,
    body: { state: 'cancelled', reason: 'requested', attempt: 0, startedAt: null },
  });

  await waitFor('the time after its due time', async () => {
    const [later] = await api.runsOf('after-it');
    return later?.state === 'succeeded';
  });
  expect(await api.run(run?.id ?? '')).toMatchObject({ version: reply.body.version, attempts: [] });
});

test('CN-1 a running run is cancelled once its whole process group is gone, also where it ignores TERM', async ({
  fleet: { api, dir },
}) => {
  const pidFile = join(dir, 'stubborn-pid');
  await api.putJob('stubborn', shellJob(stubborn(pidFile), { turn: { killAfter: '1s' } }));
  const run = await api.startRun('stubborn');
  const group = await readPid(pidFile);
  expect((await membersOf(group)).length, 'shell and children').toBeGreaterThan(1);

  const asked = await api.post<RunView>(`/runs/${run}/cancel`);
  expect(asked).toMatchObject({ status: 202, body: { state: 'running' } });
  const settled = await api.post<RunView>(`/runs/${run}/cancel?wait=60s`);
  expect(await membersOf(group)).toEqual([]);
  expect(settled).toMatchObject({
    status: 200,
    body: { state: 'cancelled', reason: 'requested', failures: 0 },
  });
});

test('cancelling what has ended changes nothing', async ({ fleet: { api } }) => {
  await api.putJob('quick', shellJob('true'));
  const { id, version } = await api.settled(await api.startRun('quick'));
  expect(await api.post(`/runs/${id}/cancel?wait=1s`)).toMatchObject({
    status: 200,
    body: { state: 'succeeded', version },
  });
});

test('a cancelled run is not tried again, also while it waits for its next try', async ({
  fleet: { api },
}) => {
  await api.putJob('retrying', shellJob('exit 1', { retry: { attempts: 5, delay: '1h' } }));
  const id = await api.startRun('retrying');
  await waitFor('the first failure', async () => (await api.run(id)).failures === 1);
  expect(await api.post(`/runs/${id}/cancel`)).toMatchObject({
    body: { state: 'cancelled', reason: 'requested', failures: 1, attempt: 1 },
  });
});
