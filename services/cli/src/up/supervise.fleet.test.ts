import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '@flotilla/embedded';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Folders, makeFolders } from './folders.ts';
import { isRunning } from './is-running.ts';
import { readRecords } from './process-record.ts';
import { type Death, type Program, type Supervised, supervise } from './supervise.ts';
import { waitUntil } from './wait-until.ts';

let folders: Folders;
const started: Supervised[] = [];

beforeEach(async () => {
  folders = await makeFolders(await mkdtemp(join(tmpdir(), 'flotilla-supervise-')));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((process) => process.kill()));
});

/** A node process that says it is up and then does what `body` says. */
function program(body: string, changes: Partial<Program> = {}): Program {
  const stays = 'setInterval(() => undefined, 60_000); console.log("up");';
  return {
    name: 'toy',
    kind: 'service',
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
    launch: async () => ({
      command: process.execPath,
      args: ['-e', `${stays}${body}`],
      env: {},
      cwd: folders.home,
    }),
    ...changes,
  };
}

function run(toy: Program): { supervised: Supervised; deaths: Death[] } {
  const deaths: Death[] = [];
  const supervised = supervise(toy, folders, (death) => deaths.push(death));
  started.push(supervised);
  return { supervised, deaths };
}

const log = () => readFile(join(folders.logs, 'toy.log'), 'utf8').catch(() => '');
const until = (fact: () => Promise<boolean> | boolean) =>
  waitUntil(
    30_000,
    new AbortController().signal,
    async () => ((await fact()) ? null : 'not yet'),
    () => new Error('it never came true'),
  );
const timesUp = async (count: number) => until(async () => (await log()).split('up\n').length > count);

async function recorded() {
  await until(async () => (await readRecords(folders.run)).length > 0);
  const [record] = await readRecords(folders.run);
  if (record === undefined) {
    throw new Error('no record');
  }
  return record;
}

test('it is recorded while it runs, and gone with its record after a stop', async () => {
  const { supervised, deaths } = run(program(''));
  await timesUp(1);
  const record = await recorded();
  expect(await isRunning(record)).toBe(true);
  await Promise.all([supervised.stop(), supervised.stop()]);
  expect(await isRunning(record)).toBe(false);
  expect(await readRecords(folders.run)).toEqual([]);
  expect(deaths).toEqual([]);
});

test('one that dies is told of with its last lines, and runs again', async () => {
  const { deaths } = run(program(''));
  await timesUp(1);
  process.kill((await recorded()).pid, 'SIGKILL');
  await timesUp(2);
  expect(deaths).toMatchObject([{ name: 'toy', why: 'signal SIGKILL', lastLines: ['up'], restartInMs: 0 }]);
});

test('after five deaths it waits, and a stop does not wait for it', async () => {
  const { supervised, deaths } = run(program('process.exit(3)'));
  await until(() => deaths.length === 6);
  expect(deaths.map(({ restartInMs }) => restartInMs)).toEqual([0, 0, 0, 0, 0, 1_000]);
  await supervised.stop();
  expect(deaths).toHaveLength(6);
});

test('a start that fails is a death too', async () => {
  const { deaths } = run({ ...program(''), launch: () => Promise.reject(new Error('no binary')) });
  await until(() => deaths.length > 0);
  expect(deaths[0]).toMatchObject({ why: 'no binary', lastLines: [] });
});

test('one that outstays its grace is killed, and what descends from it in groups of its own too', async () => {
  const pidFile = join(folders.home, 'grandchild');
  const spawnGrandchild = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 60000)"], { detached: true });
    require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));`;
  const { supervised } = run(program(`process.on("SIGTERM", () => 0);${spawnGrandchild}`, { graceMs: 50 }));
  await until(async () => (await readFile(pidFile, 'utf8').catch(() => '')) !== '');
  const grandchild = await identityOf(Number(await readFile(pidFile, 'utf8')));
  const record = await recorded();
  if (grandchild === undefined) {
    throw new Error('no grandchild');
  }
  await supervised.stop();
  expect(await isRunning(record)).toBe(false);
  await until(async () => !(await isRunning(grandchild)));
});

test('it has a session of its own', async () => {
  run(program(''));
  const { pid } = await recorded();
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat !== null) {
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect([group, session]).toEqual([String(pid), String(pid)]);
  }
});
