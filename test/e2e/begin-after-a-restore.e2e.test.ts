import { connect } from '@flotilla/storage';
import { expect } from 'vitest';
import { inMs, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { flotilla } from '../support/flotilla.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({});

const laterCount = 20;

/** Stops every service, as before a backup. */
async function rest({ crew }: Fleet): Promise<void> {
  await Promise.all(crew.all().map((member) => member.stop()));
}

async function work({ crew }: Fleet) {
  const [schedulers, workers] = await Promise.all([crew.add('scheduler', 1), crew.add('worker', 1)]);
  return [...schedulers, ...workers];
}

/** Asks Postgres beside the ledger, of which nobody may have a connection. */
async function administer(
  { servers }: Fleet,
  ...statements: readonly ((name: string) => string)[]
): Promise<void> {
  const url = new URL(servers.postgres.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const store = connect({ url: url.href, applicationName: 'flotilla test', maxConnections: 1 });
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('${name}', 'backup')`;
  for (const statement of [() => end, ...statements]) await store.pool.query(statement(name));
  await store.close();
}

async function handOuts({ ask }: Fleet): Promise<number> {
  const [row] = await ask<{ last: number }>('SELECT last_value AS last FROM hand_outs');
  return row?.last ?? 0;
}

const settled = ({ ask }: Fleet) =>
  ask<{ id: string; slug: string; state: string; handOut: number; settledAt: number }>(
    `SELECT r.id, j.slug, r.state, r.hand_out AS "handOut", r.settled_at AS "settledAt"
     FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.settled_at IS NOT NULL`,
  );

async function ticked(fleet: Fleet, count: number): Promise<void> {
  const before = (await settled(fleet)).length;
  await waitFor(`${count} more ticks`, async () => (await settled(fleet)).length >= before + count);
}

test('LG-3 a ledger that is set back begins anew: no hand-out comes twice, and everything due runs', async ({
  fleet,
}) => {
  const { api, ask } = fleet;
  await api.putJob('ticks', shellJob('true', { schedule: { every: '1s' } }));
  const later = Array.from({ length: laterCount }, (_, index) => `later-${index}`);
  await Promise.all(later.map((id) => api.putJob(id, shellJob('true', { schedule: inMs(20_000) }))));
  await waitFor('what comes later to be handed out', async () => {
    const rows = await ask("SELECT 1 FROM runs WHERE state = 'queued' AND handed_out_at IS NOT NULL");
    return rows.length >= laterCount;
  });
  await ticked(fleet, 2);
  await rest(fleet);
  await administer(fleet, (name) => `CREATE DATABASE backup TEMPLATE ${name}`);

  await work(fleet);
  await ticked(fleet, 5);
  await rest(fleet);
  const used = await handOuts(fleet);
  await administer(
    fleet,
    (name) => `DROP DATABASE ${name}`,
    (name) => `ALTER DATABASE backup RENAME TO ${name}`,
  );

  const restored = await handOuts(fleet);
  expect(restored, 'without more the numbers between would come again').toBeLessThan(used);
  const { code, stdout } = await flotilla(['init', '--after-restore'], {
    folder: fleet.dir,
    environment: fleet.credentials,
  });
  expect([code, stdout]).toEqual([0, expect.stringContaining('begun anew from the restored database')]);
  const beganAt = Date.now();
  const services = await work(fleet);
  await waitFor('everything that was to come later', async () => {
    const rows = (await settled(fleet)).filter(({ slug }) => slug.startsWith('later-'));
    expect(rows.filter(({ state }) => state !== 'succeeded')).toEqual([]);
    return rows.length === laterCount;
  });
  await ticked(fleet, 3);
  const since = (await settled(fleet)).filter(({ settledAt }) => settledAt > beganAt);
  const out = since.filter(({ state }) => state === 'succeeded').map(({ handOut }) => handOut);
  // A message from before the backup may still start the run that it was given out for.
  expect(out.filter((number) => number > restored && number <= used)).toEqual([]);
  expect(Math.max(...out)).toBeGreaterThan(used);
  expect(new Set(out).size).toBe(out.length);
  expect(
    await ask("SELECT id FROM runs WHERE state = 'queued' AND due_at < clock_timestamp() - interval '5 s'"),
  ).toEqual([]);
  for (const service of services) {
    const errors = (await service.log()).split('\n').filter((line) => line.includes('"level":"error"'));
    expect(errors).toEqual([]);
  }
});
