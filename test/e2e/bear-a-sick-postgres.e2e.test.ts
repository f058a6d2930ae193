import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@flotilla/storage';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { allGreen, allRed } from '../support/readiness.ts';
import { startTicking } from '../support/ticking.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 2, proxied: true });
const longTest = test.skipIf(!isLong);

/** What is promised: all due work is back. */
const backWithinMs = 15_000;
const services = ['scheduler', 'worker', 'api'];

interface Fault {
  readonly begin: () => unknown;
  readonly meanwhile?: () => Promise<unknown>;
  readonly end: () => unknown;
}

/** Ticks and a turn under way, a fault, and the end of it: nothing is lost or doubled, no turn interrupted, nobody dead. */
async function bear(fleet: Fleet, name: string, { begin, meanwhile, end }: Fault): Promise<void> {
  const { api, dir } = fleet;
  const go = join(dir, `${name}-go`);
  await api.putJob(`${name}-patient`, shellJob(`until [ -e ${go} ]; do sleep 0.05; done; echo done`));
  const patient = await api.startRun(`${name}-patient`);
  await api.started(patient);
  const ticking = await startTicking(fleet, name);
  await ticking.more(1);
  await begin();
  try {
    await meanwhile?.();
  } finally {
    await end();
  }
  const endedAtMs = Date.now();
  await allGreen(fleet);
  await ticking.more(2);
  await writeFile(go, '');
  expect(await api.settled(patient)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 });
  expect(await ticking.end(endedAtMs)).toBeLessThan(backWithinMs);
  expect((await api.workers()).filter(({ state }) => state !== 'alive')).toEqual([]);
}

const terminateAll = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name LIKE 'flotilla %' AND application_name <> 'flotilla test'`;

longTest('backends that are terminated, again and again', async ({ fleet }) => {
  await bear(fleet, 'terminated', {
    begin: () => fleet.ask(terminateAll),
    async meanwhile() {
      for (let round = 0; round < 5; round++) {
        await sleep(300);
        await fleet.ask(terminateAll);
      }
    },
    end: () => undefined,
  });
});

test('TX-5 connections that fell silent for ever, while new ones are answered', async ({ fleet }) => {
  const line = fleet.line('postgres');
  await bear(fleet, 'silent', {
    begin: () => line.strike('hold', 'present'),
    end: () => undefined,
  });
  line.pass();
});

test('no connection is left', async ({ fleet }) => {
  const hog = connect({
    url: fleet.servers.postgres.url,
    applicationName: 'greedy',
    maxConnections: moreThanThereAre,
  });
  let isOver = false;
  async function hold(): Promise<void> {
    while (!isOver) {
      await hog.ask({ name: '', text: 'SELECT pg_sleep(0.5)' }).catch(() => sleep(50));
    }
  }
  const holding: Promise<void>[] = [];
  await bear(fleet, 'crowded', {
    async begin() {
      for (let count = 0; count < moreThanThereAre; count++) holding.push(hold());
      await waitFor('every connection to be taken', async () => {
        const [row] = await fleet.ask<{ count: number }>('SELECT count(*) AS count FROM pg_stat_activity');
        return (row?.count ?? 0) >= connectionsThereAre;
      });
      await fleet.ask(terminateAll);
    },
    async meanwhile() {
      await allRed(fleet, 'postgres', services);
      await waitFor('a worker to say what to do', async () => {
        const { text } = await fleet.worker(0).ask('/readyz');
        return text.includes('raise max_connections');
      });
    },
    async end() {
      isOver = true;
      await Promise.all(holding);
      await hog.close();
    },
  });
});

/** Of the servers that tests start. */
const connectionsThereAre = 200;
const moreThanThereAre = 220;

test('SE-2 a disk that is full takes no result, and each of them afterwards', async ({ fleet }) => {
  const { ask } = fleet;
  await bear(fleet, 'full', {
    async begin() {
      await ask(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
      await ask('CREATE TRIGGER refuse BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse()');
    },
    meanwhile: () =>
      waitFor('turns that have ended to be refused', async () => {
        const logs = await Promise.all([fleet.worker(0).log(), fleet.worker(1).log()]);
        return logs.join('').includes('53100');
      }),
    end: () => ask('DROP FUNCTION refuse() CASCADE'),
  });
});

longTest('TX-5 a line that is silent both ways for 13 s', async ({ fleet }) => {
  const line = fleet.line('postgres');
  await bear(fleet, 'cut-off', {
    begin: () => line.strike('hold'),
    async meanwhile() {
      await allRed(fleet, 'postgres', services);
      await sleep(13_000);
    },
    end: () => line.pass(),
  });
});

longTest('Postgres away for 12 s interrupts no turn of 40 s', async ({ fleet }) => {
  const { api, servers } = fleet;
  await api.putJob('forty-seconds', shellJob('sleep 40; echo done'));
  const run = await api.startRun('forty-seconds');
  await api.started(run);
  await bear(fleet, 'away', {
    begin: () => servers.postgres.stop(),
    meanwhile: () => sleep(12_000),
    end: () => servers.postgres.restart(),
  });
  expect(await api.settled(run)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0, failures: 0 });
});
