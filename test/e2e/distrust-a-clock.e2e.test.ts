import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fakeTimeLibrary, steppedClock } from '../support/fake-time.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 0 }).skipIf(fakeTimeLibrary === null);

test('CK-2 a worker whose clock is a minute off takes no runs, says so, and goes on when the clocks agree again', async ({
  fleet,
}) => {
  const { api } = fleet;
  const offsetFile = join(fleet.dir, 'offset');
  await writeFile(offsetFile, '+0s\n');
  const worker = await fleet.addWorker(steppedClock(offsetFile));
  const skewed = async () => {
    const [row] = await fleet.ask<{ ms: number }>('SELECT skew_ms AS ms FROM workers');
    return Math.abs(row?.ms ?? 0) > 2_000;
  };
  await api.putJob('timely', shellJob('true'));
  expect(await api.settled(await api.startRun('timely'))).toMatchObject({ state: 'succeeded' });

  await writeFile(offsetFile, '+60s\n');
  const red = await waitFor('the worker to distrust its clock', async () => {
    const { status, text } = await worker.ask('/readyz');
    return status === 503 && text.includes('too far apart') && text;
  });
  expect(red).toContain('CK-2');
  const run = await api.startRun('timely');
  await waitFor('a beat that tells of it', skewed);
  expect(await api.run(run)).toMatchObject({ state: 'queued', attempt: 0 });

  await writeFile(offsetFile, '+0s\n');
  expect(await api.settled(run)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 });
  await waitFor('the worker to be ready', async () => (await worker.ask('/readyz')).status === 200);
});
