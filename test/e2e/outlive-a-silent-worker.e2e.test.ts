import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { guardOf, membersOf, secondStart, turnWitness, workerOf } from '../support/turn-witness.ts';
import { waitFor } from '../support/wait-for.ts';

/** LV-3: 30 s of silence are death; what follows from it takes a second or two. */
const lostWithinMs = 40_000;
const stopsMs = isLong ? [1_000, 10_000, 25_000, 60_000] : [25_000];

/** Each test takes a worker of its own, since each has one slot, and one is left for what runs again. */
const workers = stopsMs.length + 2;
const test = fleetTest({ workers, slots: 1 });

test.concurrent('GD-2, LV-3 worker and guard killed together: the turn is gone at once, and runs again within 40 s', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const witness = turnWitness(dir, 'abandoned');
  await api.putJob('abandoned', shellJob(witness.script, { guarantee: 'at-least-once' }));
  const run = await api.startRun('abandoned');
  const group = await witness.group();
  const victim = await workerOf(fleet, run);
  const guard = await guardOf(victim.pid);

  const killedAt = Date.now();
  process.kill(guard, 'SIGKILL');
  await victim.kill('SIGKILL');
  await waitFor('the turn to be gone', async () => (await membersOf(group)).length === 0, {
    withinMs: 1_000,
    everyMs: 10,
  });

  const settled = await api.settled(run, { withinMs: lostWithinMs });
  expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 });
  expect((await secondStart(fleet, run)) - killedAt).toBeLessThanOrEqual(lostWithinMs);
  const [row] = await fleet.ask<{ death: string }>(
    'SELECT death FROM workers WHERE id = $1',
    settled.attempts[0]?.worker,
  );
  expect(row).toEqual({ death: 'silence' });
});

for (const stopMs of stopsMs) {
  test.concurrent(
    `GD-4 a worker that stands still for ${stopMs / 1_000} s doubles nothing when it goes on`,
    async ({ fleet }) => {
      const { api, dir } = fleet;
      const id = `frozen-${stopMs}`;
      const witness = turnWitness(dir, id);
      await api.putJob(id, shellJob(witness.script, { guarantee: 'at-least-once' }));
      const run = await api.startRun(id);
      const group = await witness.group();
      const frozen = await workerOf(fleet, run);

      frozen.signal('SIGSTOP');
      await sleep(stopMs);
      const isEnded = stopMs > 20_000;
      expect((await membersOf(group)).length > 0, 'at work: the guard ends it after 20 s').toBe(!isEnded);
      frozen.signal('SIGCONT');

      if (isEnded) {
        const settled = await api.settled(run);
        expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, failures: 0 });
        expect(await witness.metBySecond(), 'of the first attempt at work beside the second').toBe(0);
        expect(await witness.starts()).toEqual(['1', '2']);
        expect(settled.attempts.map(({ outcome }) => outcome)).toEqual([
          stopMs > 30_000 ? 'lost' : 'fenced',
          'exited',
        ]);
      } else {
        await waitFor('an answered beat', async () => (await frozen.ask('/readyz')).status === 200);
        expect(await api.run(run)).toMatchObject({ state: 'running', attempt: 1 });
        await api.post(`/runs/${run}/cancel?wait=60s`);
      }
      await waitFor('the worker to be ready again', async () => (await frozen.ask('/readyz')).status === 200);
    },
    stopMs + 120_000,
  );
}
