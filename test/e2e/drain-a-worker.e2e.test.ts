import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { leaveLine, shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { readPid } from '../support/left-process.ts';
import { livingProcesses } from '../support/process-table.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1, slots: 5, drainGraceSeconds: 4 });

const endless = (pidFile: string) => `echo $$ > ${pidFile}; sleep 300 & sleep 300`;

test('CN-2 SIGTERM: short turns end, long ones are interrupted or run elsewhere, nothing is lost or left', async ({
  fleet,
}) => {
  const { api, dir } = fleet;
  const [oncePid, againPid] = [join(dir, 'once-pid'), join(dir, 'again-pid')];
  const ticks = join(dir, 'ticks');
  await api.putJob('short', shellJob('sleep 1; echo in time'));
  await api.putJob('once', shellJob(endless(oncePid)));
  const again = `[ "$FLOTILLA_ATTEMPT" -gt 1 ] && exit 0; ${endless(againPid)}`;
  await api.putJob('again', shellJob(again, { guarantee: 'at-least-once' }));
  await api.putJob('ticker', shellJob(leaveLine(ticks), { schedule: { every: '1s' }, overlap: 'allow' }));
  const [once, long, short] = [
    await api.startRun('once'),
    await api.startRun('again'),
    await api.startRun('short'),
  ];
  const groups = [await readPid(oncePid), await readPid(againPid)];
  await api.started(short);
  await fleet.addWorker();

  const exit = await fleet.worker(0).kill('SIGTERM');

  expect(exit).toEqual({ code: 0, signal: null });
  const left = (await livingProcesses()).filter(({ group }) => groups.includes(group));
  expect(left).toEqual([]);
  expect(await api.run(short)).toMatchObject({ state: 'succeeded', attempts: [{ stdout: 'in time\n' }] });
  expect(await api.run(once)).toMatchObject({
    state: 'interrupted',
    reason: 'drained',
    attempt: 1,
    losses: 0,
  });
  const moved = await api.settled(long);
  expect(moved).toMatchObject({ state: 'succeeded', attempt: 2, losses: 0, failures: 0 });
  expect(moved.attempts.map(({ outcome }) => outcome)).toEqual(['drained', 'exited']);
  expect(new Set(moved.attempts.map(({ worker }) => worker)).size).toBe(2);

  const workers = await api.workers();
  const gone = workers.find(({ pid }) => pid === fleet.worker(0).pid);
  expect(gone).toMatchObject({ state: 'left', inHand: 0 });

  // Ticks went on through it all: each has its row, and none was taken along by the one that went.
  const goneAt = gone?.endedAt ?? '';
  const runs = await waitFor('ticks after it went', async () => {
    const all = await api.runsOf('ticker');
    return all.some(({ tickAt, state }) => (tickAt ?? '') > goneAt && state === 'succeeded') && all;
  });
  const before = runs.filter(({ tickAt }) => (tickAt ?? '') < goneAt);
  const settled = await Promise.all(before.map(({ id }) => api.settled(id)));
  expect(settled.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  const lines = (await readFile(ticks, 'utf8')).trimEnd().split('\n');
  expect(new Set(lines).size, 'none ran twice').toBe(lines.length);
});
