import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { flotillaScript } from '../support/bundles.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { plainEnvironment } from '../support/plain-environment.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 1 });

const key = 'k3y-of-somebody-elses-service';

/** What a turn finds that looks around, into a file: the log would mask what it knows to be secret. */
const lookAround = (file: string) => `
  { echo '— env'; env
    echo '— parent'; tr '\\0' '\\n' < /proc/$PPID/environ
    echo '— ps'; ps -ef
  } > ${file}`;
const lookEverywhere = (file: string) => `
  for each in /proc/[0-9]*; do tr '\\0' '\\n' < $each/environ; tr '\\0' '\\n' < $each/cmdline; done > ${file} 2> /dev/null
  true`;

function secretsOf({ api, servers: { postgres, redis, nats } }: Fleet): string[] {
  return [new URL(postgres.url).password, new URL(redis.url).password, new URL(nats.url).username, api.token];
}

/** What a turn wrote into its file. */
async function sightOf({ api, dir }: Fleet, job: string, look: (file: string) => string): Promise<string> {
  const file = join(dir, `${job}.txt`);
  await api.putJob(job, shellJob(look(file)));
  const run = await api.settled(await api.startRun(job));
  expect(run.state, JSON.stringify(run.attempts)).toBe('succeeded');
  return readFile(file, 'utf8');
}

test('a turn finds no credential of any service, in no environment and no command line', async ({
  fleet,
}) => {
  const sight = await sightOf(fleet, 'snoop', lookEverywhere);
  expect(sight).toContain('DATABASE_URL_FILE='); // it has seen the services
  for (const secret of secretsOf(fleet)) expect(sight).not.toContain(secret);
});

test("a job's secret reaches its turn, and is masked in log and excerpts, also where two writes split it", async ({
  fleet,
}) => {
  const { api, dir, secretsDir } = fleet;
  const file = join(dir, 'received');
  await writeFile(join(secretsDir, 'API_KEY'), `${key}\n`, { mode: 0o600 });
  const script = `
    printf %s "$API_KEY" > ${file}
    echo "whole: $API_KEY"; echo "to stderr: $API_KEY" >&2
    printf 'split: %s' "$(printf %s "$API_KEY" | cut -c 1-9)"; sleep 0.3
    printf '%s, end\\n' "$(printf %s "$API_KEY" | cut -c 10-)"`;
  await api.putJob('keeper', shellJob(script, { turn: { secrets: ['API_KEY'] } }));
  const run = await api.settled(await api.startRun('keeper'));

  expect(await readFile(file, 'utf8')).toBe(key);
  expect(run.attempts).toMatchObject([
    { exitCode: 0, stdout: 'whole: ***\nsplit: ***, end\n', stderr: 'to stderr: ***\n' },
  ]);
  const log = await waitFor('the whole log', async () => {
    const text = await api.log(run.id);
    return text.includes('end') && text.includes('stderr') && text;
  });
  expect(log).not.toContain(key);
  expect(log).toContain('split: ***, end');
});

test('neither does one of `flotilla start worker` with the credentials in its environment', async ({
  fleet,
  onTestFinished,
}) => {
  const { api, dir, servers } = fleet;
  await fleet.worker(0).kill('SIGTERM');
  const folder = join(dir, 'started');
  await mkdir(folder);
  const command = spawn(process.execPath, [flotillaScript, 'start', 'worker'], {
    cwd: folder,
    env: plainEnvironment({
      DATABASE_URL: servers.postgres.url,
      REDIS_URL: servers.redis.url,
      NATS_URL: servers.nats.url,
      FLOTILLA_WORK_DIR: join(folder, 'work'),
      FLOTILLA_SECRET_OTHER_KEY: key,
    }),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(command, 'exit');
  onTestFinished(async () => {
    command.kill('SIGTERM');
    await ended;
  });

  const sight = await sightOf(fleet, 'snoop-again', lookAround);
  expect(sight).toContain('DATABASE_URL_FILE='); // it has seen its worker
  for (const secret of [...secretsOf(fleet), key]) expect(sight).not.toContain(secret);

  await api.putJob('asker', {
    turn: { argv: ['sh', '-c', 'test "$OTHER_KEY" = "$1"', 'sh', key], secrets: ['OTHER_KEY'] },
  });
  expect(await api.settled(await api.startRun('asker'))).toMatchObject({ state: 'succeeded' });
});
