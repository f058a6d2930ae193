import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import type { RunView } from '../support/fleet-api.ts';
import { flotilla } from '../support/flotilla.ts';
import { type ProcessRow, processesAt } from '../support/process-table.ts';
import { startUp, type Up } from '../support/up.ts';
import { waitFor } from '../support/wait-for.ts';

/** A folder as a newcomer's; what a failed test has left running in it is ended. */
const test = base.extend('folder', async ({ task: _ }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-up-'));
  onCleanup(async () => {
    for (const { pid } of await processesAt(folder)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return folder;
});

async function listRuns(folder: string): Promise<RunView[]> {
  const { code, stdout, stderr } = await flotilla(['runs', 'list', '--limit', '1000', '--json'], { folder });
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { items: RunView[] }).items;
}

async function history(folder: string): Promise<Map<string, RunView>> {
  const settled = (await listRuns(folder)).filter(({ settledAt }) => settledAt !== null);
  return new Map(settled.map((run) => [run.id, run]));
}

async function expectHistory(folder: string, old: ReadonlyMap<string, RunView>): Promise<void> {
  const runs = await listRuns(folder);
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const [id, run] of old) expect(byId.get(id)).toEqual(run);
  const occurrences = runs.map(({ job, cause, key }) => `${job} ${cause} ${key}`);
  expect(new Set(occurrences).size, 'no tick has two rows').toBe(occurrences.length);
}

const programs = {
  up: 'flotilla.mjs up',
  postgres: 'bin/postgres -D',
  redis: 'redis-server',
  nats: 'nats-server',
  scheduler: 'scheduler.mjs',
  worker: 'worker.mjs',
  api: 'api.mjs',
};

/** How many of each program of a fleet there are. */
function parts(rows: readonly ProcessRow[]): Record<string, number> {
  const count = (words: string) => rows.filter(({ command }) => command.includes(words)).length;
  return Object.fromEntries(Object.entries(programs).map(([name, words]) => [name, count(words)]));
}

const oneFleet = { up: 1, postgres: 1, redis: 1, nats: 1, scheduler: 1, worker: 2, api: 1 };

async function expectNothingLeft(folder: string): Promise<void> {
  expect((await processesAt(folder)).map(({ command }) => command)).toEqual([]);
}

async function events(up: Up, ...patterns: readonly RegExp[]): Promise<void> {
  for (const pattern of patterns) await waitFor(`an event like ${pattern}`, () => pattern.test(up.output()));
}

test('up --demo shows each kind of demo job at work, refuses a second start, and Ctrl-C leaves no process', async ({
  folder,
}) => {
  const up = await startUp(folder, '--demo');
  const url = await up.ready();
  expect(parts(await processesAt(folder))).toEqual(oneFleet);

  const second = await startUp(folder, '--demo');
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.output().trimEnd().split('\n')).toEqual([
    expect.stringContaining(`already runs at ${url} (pid ${up.pid})`),
  ]);

  await events(
    up,
    /demo-clock +succeeded/,
    /demo-flaky +try 1 failed, next try/,
    /demo-flaky +started, attempt 2/,
    /demo-flaky +failed: exit_code/,
    /demo-rescue +triggered by run/,
    /demo-rescue +succeeded/,
    /demo-once +succeeded/,
    /demo-agent +succeeded/,
  );
  const runs = await listRuns(folder);
  const seen = new Set(
    runs.map(({ job, cause, state, reason }) => [job, cause, state, reason].join(' ').trim()),
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'demo-clock schedule succeeded',
      'demo-once schedule succeeded',
      'demo-flaky schedule failed exit_code',
      'demo-rescue parent succeeded',
      'demo-agent schedule succeeded',
    ]),
  );
  const [shown, log] = await Promise.all(
    ['show', 'logs'].map((command) => flotilla(['runs', command, 'demo-agent'], { folder })),
  );
  expect(shown?.stdout).toMatch(/\nusage +echo: \d+ tokens in, \d+ out, cost 0\n/);
  expect(log?.stdout).toContain('a demo: no model has read this');
  const flaky = runs.find(({ job, state }) => job === 'demo-flaky' && state === 'failed');
  expect(flaky).toMatchObject({ attempt: 2, failures: 2 });

  expect(await up.kill('SIGINT')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(folder);
});

/** A job that ticks each second, and the history once some of its ticks are settled. */
async function historyOfTicks(folder: string): Promise<Map<string, RunView>> {
  await flotilla(['jobs', 'add', 'ticker', '--every', '1s', '--replace', '--', 'true'], { folder });
  const known = await history(folder);
  return waitFor('ticks to be settled', async () => {
    const now = await history(folder);
    return now.size > known.size + 2 && now;
  });
}

test('a start after Ctrl-C, and one after kill -9, show the old history and run no tick again', async ({
  folder,
}) => {
  const first = await startUp(folder);
  await first.ready();
  const old = await historyOfTicks(folder);
  await first.kill('SIGINT');

  const second = await startUp(folder);
  await second.ready();
  await expectHistory(folder, old);
  const older = await historyOfTicks(folder);
  const killed = new Set((await processesAt(folder)).map(({ pid }) => pid));
  await second.kill('SIGKILL');

  const third = await startUp(folder);
  await third.ready();
  await expectHistory(folder, older);
  const rows = await processesAt(folder);
  expect(parts(rows)).toEqual(oneFleet);
  expect(rows.filter(({ pid }) => killed.has(pid))).toEqual([]);
  await third.kill('SIGINT');
  await expectNothingLeft(folder);
});
