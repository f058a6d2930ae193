import { join } from 'node:path';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { endLeft, readPid } from '../support/left-process.ts';

const test = fleetTest({ workers: 2, slots: 2 });

/** LV-3: 30 s of silence are death; what follows from it takes a second or two. */
const lostWithinMs = 40_000;
/** What the dead one had fetched and not claimed comes back when its lock in the queue is over. */
const fetchedComesBackMs = 12_000;

test('LV-3 the run of a worker killed with -9 ends as worker_lost, and the other worker goes on meanwhile', async ({
  fleet,
  onTestFinished,
}) => {
  const { api } = fleet;
  const pidFile = join(fleet.dir, 'pid');
  await api.putJob('lost', shellJob(`echo $$ > ${pidFile}; exec sleep 300`));
  await api.putJob('ticks', shellJob('true', { schedule: { every: '1s' }, overlap: 'allow' }));
  const lost = await api.startRun('lost');
  const { worker } = await api.started(lost);
  const turn = await readPid(pidFile);
  onTestFinished(() => endLeft(turn));
  const pid = (await api.workers()).find(({ id }) => id === worker)?.pid;
  const victim = [0, 1].map(fleet.worker).find((each) => each.pid === pid);
  expect(victim).toBeDefined();

  const killedAt = Date.now();
  await victim?.kill('SIGKILL');
  const run = await api.settled(lost, { withinMs: lostWithinMs });

  expect(run).toMatchObject({
    state: 'interrupted',
    reason: 'worker_lost',
    attempt: 1,
    losses: 1,
    failures: 0,
  });
  expect(run.attempts).toMatchObject([{ number: 1, outcome: 'lost', worker }]);
  expect(await api.workers()).toContainEqual(expect.objectContaining({ id: worker, state: 'dead' }));

  const settledAt = Date.parse(run.settledAt ?? '');
  const meanwhile = (await api.runsOf('ticks')).filter(
    ({ dueAt }) => Date.parse(dueAt) > killedAt + fetchedComesBackMs && Date.parse(dueAt) < settledAt - 3_000,
  );
  expect(meanwhile.length, 'ticks while the ledger still waited for the dead').toBeGreaterThan(5);
  expect(meanwhile.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  expect(meanwhile.filter((tick) => (tick.settledAt ?? '') > (run.settledAt ?? ''))).toEqual([]);
});
