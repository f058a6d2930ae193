import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { inMs, leaveLine, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 2, proxied: true });

const waveOfEach = 4;
/** A claim is tried five times, with pauses of 1.5 s together. */
const longerThanAllTriesMs = 3_000;
const lines = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n');

/** The statement is carried out, and what it was answered is lost with its connection. */
async function loseAnswer(fleet: Fleet, statement: string): Promise<void> {
  const line = fleet.line('postgres');
  const { bytesLost } = line.counts();
  await line.strikeAt(statement, 'swallow');
  await waitFor('the answer to be lost', () => line.counts().bytesLost > bytesLost);
  line.strike('cut', 'present');
}

test('CL-3, SE-1 answers to claims and settles are lost: each run starts once and is accepted once', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const file = join(dir, 'starts');
  const script = `${leaveLine(file)}; sleep 0.1`;
  const jobs: string[] = [];
  for (const statement of ['claim-ungated', 'start-runs', 'settle-runs']) {
    const wave = ['skip', 'allow'].flatMap((overlap) =>
      Array.from({ length: waveOfEach }, (_, index) => ({ id: `${statement}-${overlap}-${index}`, overlap })),
    );
    const schedule = inMs(1_000);
    await Promise.all(wave.map(({ id, overlap }) => api.putJob(id, shellJob(script, { overlap, schedule }))));
    await loseAnswer(fleet, statement);
    jobs.push(...wave.map(({ id }) => id));
  }
  const runs = await waitFor('every run to end', async () => {
    const all = (await Promise.all(jobs.map((id) => api.runsOf(id)))).flat();
    return all.length === jobs.length && all.every(({ settledAt }) => settledAt !== null) && all;
  });
  for (const run of runs) expect(run).toMatchObject({ state: 'succeeded', losses: 0, failures: 0 });
  const ids = runs.map(({ id }) => id);
  expect((await lines(file)).toSorted()).toEqual(ids.toSorted());
});

test('CL-3 a claim that was given up comes back, and starts once', async ({ fleet }) => {
  const { api, dir, ask } = fleet;
  const file = join(dir, 'given-up');
  await api.putJob('given-up', shellJob(leaveLine(file), { overlap: 'allow' }));
  const line = fleet.line('postgres');
  const struck = line.strikeAt('claim-ungated', 'swallow');
  const id = await api.startRun('given-up');
  await struck;
  await waitFor('the claim to be committed', async () => {
    const [row] = await ask<{ state: string }>('SELECT state FROM runs WHERE id = $1', id);
    return row?.state === 'running';
  });
  line.strike('cut');
  await sleep(longerThanAllTriesMs);
  line.pass();
  const run = await api.settled(id);
  expect(run).toMatchObject({ state: 'succeeded', losses: 0, failures: 0 });
  expect(await lines(file)).toEqual([id]);
});
