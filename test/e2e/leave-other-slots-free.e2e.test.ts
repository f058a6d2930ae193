import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1, slots: 2 });

const jobs = 80;
const apartMs = 100;

test('with one of two slots asleep, a job each 100 ms runs in the other one', async ({ fleet }) => {
  const { api } = fleet;
  await api.putJob('sleeper', shellJob('exec sleep 300'));
  const firstAt = Date.now() + 5_000;
  await Promise.all(
    Array.from({ length: jobs }, (_, index) => {
      const at = new Date(firstAt + index * apartMs).toISOString();
      return api.putJob(`small-${index}`, shellJob('true', { schedule: { at }, tags: ['small'] }));
    }),
  );
  const sleeper = await api.startRun('sleeper');
  await api.started(sleeper);

  await waitFor('all small runs to end', async () => {
    const [row] = await fleet.ask(
      "SELECT count(*) AS succeeded FROM runs WHERE cause = 'schedule' AND state = 'succeeded'",
    );
    expect(row).toEqual({ succeeded: jobs });
    return true;
  });
  expect((await api.run(sleeper)).state, 'the sleeper was not waited for').toBe('running');

  const started = await fleet.ask<{ attempt: number }>(
    "SELECT attempt FROM runs WHERE cause = 'schedule' ORDER BY started_at",
  );
  expect(new Set(started.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  const cancelled = await api.post(`/runs/${sleeper}/cancel?wait=30s`);
  expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
});
