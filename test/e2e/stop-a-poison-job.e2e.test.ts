import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { maxReplays } from '@flotilla/domain';
import { expect } from 'vitest';
import { leaveLine, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 2, slots: 4 });

/** RB-1: what a dead worker had fetched and not claimed is somebody else's after 6 to 8 s. */
const comesBackWithinMs = 20_000;

/** As whoever runs services does: each worker that ends is started again. What it gives ends that. */
function restartWorkers({ crew, addWorker }: Fleet): () => Promise<void> {
  let isOver = false;
  const seen = new Set<number>();
  const justEnded = () => {
    const ended = crew.all().filter((each) => each.ended() !== undefined && !seen.has(each.pid));
    for (const one of ended) {
      seen.add(one.pid);
      one.signal('SIGKILL'); // so that nobody takes its end for one of its own
    }
    return ended;
  };
  const restarting = (async () => {
    while (!isOver) {
      for (const _ of justEnded()) await addWorker();
      await sleep(50);
    }
  })();
  return async () => {
    isOver = true;
    await restarting;
    justEnded();
  };
}

test('LV-7 a job that kills each of its workers is stopped after its replay cap, and delays nobody', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const starts = join(dir, 'starts');
  const again = { guarantee: 'at-least-once' };
  await api.putJob('others', shellJob('true', { ...again, schedule: { every: '1s' }, overlap: 'allow' }));
  await api.putJob('poison', shellJob(`${leaveLine(starts)}; kill -9 $PPID; exec sleep 60`, again));
  await api.putJob('told', shellJob('true', { after: { job: 'poison', on: 'failure' } }));

  const endRestarting = restartWorkers(fleet);
  const poison = await api.startRun('poison');
  const run = await api.settled(poison, { withinMs: 120_000 });
  await endRestarting();

  const lives = maxReplays + 1;
  expect(run).toMatchObject({
    state: 'interrupted',
    reason: 'replay_cap',
    attempt: lives,
    losses: lives,
    failures: 0,
  });
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: lives }, () => 'lost'));
  expect((await readFile(starts, 'utf8')).trim().split('\n')).toHaveLength(lives);
  expect(run.children).toMatchObject([{ job: 'told' }]);

  const until = run.settledAt ?? '';
  const others = await waitFor('the others to have ended', async () => {
    const due = (await api.runsOf('others')).filter(({ dueAt }) => dueAt < until);
    return due.every(({ settledAt }) => settledAt !== null) && due;
  });
  // What was at work on a worker that died has lost it too, and goes on elsewhere.
  const spared = others.filter(({ losses }) => losses === 0);
  expect(spared.length).toBeGreaterThan(0);
  expect(spared.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  const lateMs = spared.map(({ dueAt, startedAt }) => Date.parse(startedAt ?? '') - Date.parse(dueAt));
  expect(Math.max(...lateMs)).toBeLessThan(comesBackWithinMs);
});
