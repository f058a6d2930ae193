import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { guardOf, membersOf, secondStart, turnWitness, workerOf } from '../support/turn-witness.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 2 });

const kills = isLong ? 200 : 10;
/** The guard is the witness: it ends the turn, sees it gone and says so. */
const nextAttemptWithinMs = 3_000;
/** On a machine that does other things too: still by evidence, and not by the 30 s of the judge. */
const farFromSilenceMs = 10_000;

test(
  `LV-5, GD-5 ${kills} × kill -9 of a worker: the next attempt begins elsewhere in 3 s, nothing of the lost one is left`,
  async ({ fleet }) => {
    const { api, dir } = fleet;
    const tookMs: number[] = [];
    for (let round = 0; round < kills; round++) {
      const id = `again-${round}`;
      const witness = turnWitness(dir, id);
      await api.putJob(id, shellJob(witness.script, { guarantee: 'at-least-once' }));
      const run = await api.startRun(id);
      await witness.group();
      const victim = await workerOf(fleet, run);

      const killedAt = Date.now();
      await victim.kill('SIGKILL');
      const settled = await api.settled(run);

      expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 });
      expect(await witness.metBySecond(), 'of the lost turn at work beside the next attempt').toBe(0);
      expect(await witness.starts()).toEqual(['1', '2']);
      const [lost, next] = settled.attempts;
      expect([lost?.outcome, next?.worker === lost?.worker]).toEqual(['lost', false]);
      tookMs.push((await secondStart(fleet, run)) - killedAt);
      await fleet.addWorker();
    }
    tookMs.sort((a, b) => a - b);
    const at = (share: number) => tookMs[Math.ceil(share * tookMs.length) - 1] ?? 0;
    if (isLong) process.stdout.write(`${kills} kills: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
    const [share, limitMs] = isLong ? [0.99, nextAttemptWithinMs] : [0.5, farFromSilenceMs];
    expect(at(share), `of ${tookMs.join(', ')} ms`).toBeLessThanOrEqual(limitMs);
  },
  kills * 10_000 + 120_000,
);

test('an at-most-once run whose worker was killed is interrupted, and not run again', async ({ fleet }) => {
  const { api, dir } = fleet;
  const witness = turnWitness(dir, 'once');
  await api.putJob('once', shellJob(witness.script));
  const run = await api.startRun('once');
  const group = await witness.group();
  const victim = await workerOf(fleet, run);

  await victim.kill('SIGKILL');
  const settled = await api.settled(run);

  expect(settled).toMatchObject({
    state: 'interrupted',
    reason: 'worker_lost',
    attempt: 1,
    losses: 1,
    failures: 0,
  });
  expect(await membersOf(group)).toEqual([]);
  expect(await witness.starts()).toEqual(['1']);
  const [row] = await fleet.ask<{ death: string }>(
    'SELECT death FROM workers WHERE id = $1',
    settled.attempts[0]?.worker,
  );
  expect(row).toEqual({ death: 'evidence' });
  await fleet.addWorker();
});

test('GD-2 the guard alone killed: no turn is left, the run is replayed, and the worker goes on under its id', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const witness = turnWitness(dir, 'unguarded');
  await api.putJob('unguarded', shellJob(witness.script, { guarantee: 'at-least-once' }));
  const run = await api.startRun('unguarded');
  const group = await witness.group();
  const worker = await workerOf(fleet, run);
  const before = await api.workers();
  const guard = await guardOf(worker.pid);

  process.kill(guard, 'SIGKILL');
  await waitFor('the turn to be gone', async () => (await membersOf(group)).length === 0, {
    withinMs: 1_000,
    everyMs: 10,
  });

  const settled = await api.settled(run);
  expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, failures: 0 });
  expect(await witness.metBySecond()).toBe(0);
  expect(await guardOf(worker.pid)).not.toBe(guard);
  const nameOf = (rows: typeof before) => rows.find(({ pid }) => pid === worker.pid)?.id;
  expect(nameOf(await api.workers())).toBe(nameOf(before));
  await waitFor('the worker to be ready', async () => (await worker.ask('/readyz')).status === 200);
});

test('CN-2 a second SIGTERM stops at once: its guard ends the turn, and the run goes on elsewhere', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const witness = turnWitness(dir, 'hurried');
  await api.putJob('hurried', shellJob(witness.script, { guarantee: 'at-least-once' }));
  const run = await api.startRun('hurried');
  const group = await witness.group();
  const worker = await workerOf(fleet, run);

  worker.signal('SIGTERM');
  await waitFor('the drain', async () => (await worker.log()).includes('draining'), { everyMs: 10 });
  expect(await worker.kill('SIGTERM')).toEqual({ code: 143, signal: null });

  const settled = await api.settled(run);
  expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, failures: 0 });
  expect([await witness.metBySecond(), await membersOf(group)]).toEqual([0, []]);
});
