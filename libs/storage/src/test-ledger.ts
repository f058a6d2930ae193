import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { eventSchema, type JobDocument, type Outcome, parseJob } from '@flotilla/domain';
import { applyMigrations } from '@flotilla/prisma';
import pg from 'pg';
import { afterAll, expect, inject } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { claimRuns } from './claim.ts';
import type { Claim, ClaimResult } from './claim-try.ts';
import { connect, type Store } from './connect.ts';
import type { JobView } from './job-view.ts';
import { putJob } from './jobs.ts';
import { insertNewRuns, type NewRun } from './new-run.ts';
import { putPool } from './pools.ts';
import { getRun, type RunDetail } from './runs.ts';
import { statement } from './statement.ts';
import { type BeatAnswer, registerWorker, sendBeat } from './workers.ts';

/** For tests alone: a ledger of a test file's own, and short ways to fill it. */
export interface TestLedger {
  readonly url: string;
  readonly store: Store;
  /** Another process: a store with connections of its own. */
  another(): Store;
  /** Any SQL, for what no statement of ours does. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

const migrationsFolder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
const template = 'flotilla_template';

/** A migrated database of the calling file's own; everything is closed when the file's tests have ended. */
export async function openTestLedger(): Promise<TestLedger> {
  const url = await copyTemplate(`flotilla_${randomUUID().replaceAll('-', '')}`);
  const opened: Store[] = [];
  const another = (): Store => {
    const store = connect({ url, applicationName: 'flotilla test' });
    opened.push(store);
    return store;
  };
  const store = another();
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
  });
  return { url, store, another, sql: (text, values) => store.ask(statement('', text), values) };
}

/** The first file of a run migrates the template; the others wait for it and copy it. */
async function copyTemplate(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: inject('pgUrl') });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(hashtext('flotilla template'))");
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${template}`);
      await applyMigrations(databaseUrl(template), migrationsFolder);
    }
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  } finally {
    await client.end();
  }
  return databaseUrl(name);
}

export function databaseUrl(name: string): string {
  const url = new URL(inject('pgUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** A valid document; each call without `id` is a job of its own. */
export function aDocument(fields: Record<string, unknown> = {}): JobDocument {
  const parsed = parseJob({ id: `job-${randomUUID()}`, turn: { shell: 'true' }, ...fields });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.document;
}

export async function aJob(store: Store, fields: Record<string, unknown> = {}): Promise<JobView> {
  const result = await putJob(store, { document: aDocument(fields), actor: 'test' });
  if (result.kind !== 'created' && result.kind !== 'changed') throw new Error(JSON.stringify(result));
  return result.job;
}

/** Queued runs of a job, due a second apart, the last one a second ago unless `fields` say otherwise. */
export async function someRuns(
  store: Store,
  job: JobView,
  count: number,
  fields: Partial<NewRun> = {},
): Promise<string[]> {
  const now = await databaseNow(store);
  const runs = Array.from({ length: count }, (_, index) => ({
    jobId: job.jobId,
    cause: 'manual' as const,
    key: randomUUID(),
    dueAt: now - (count - index) * 1_000,
    state: 'queued' as const,
    reason: null,
    pool: job.document.pool,
    revision: job.revision,
    ...fields,
  }));
  const ids = await store.transaction((session) => insertNewRuns(session, runs));
  const rows = await store.ask<{ id: string }>(
    statement('', 'SELECT id FROM runs WHERE id = ANY ($1::uuid[]) ORDER BY due_at, id'),
    [ids],
  );
  return rows.map((row) => row.id);
}

export async function aRun(store: Store, job: JobView, fields: Partial<NewRun> = {}): Promise<string> {
  const [id] = await someRuns(store, job, 1, fields);
  if (id === undefined) throw new Error('no run was inserted');
  return id;
}

/** A living worker. */
export async function aWorker(store: Store, pools: readonly string[] = ['default']): Promise<string> {
  const id = randomUUID();
  await registerWorker(store, { id, host: 'here', pid: 1, version: '0', pools, slots: 4 });
  return id;
}

/** A pool of the calling test's own: its name. */
export async function aPool(store: Store, capacity: number | null = null): Promise<string> {
  const name = `pool-${randomUUID()}`;
  await putPool(store, { name, capacity });
  return name;
}

export function beat(store: Store, workerId: string, number: number): Promise<BeatAnswer> {
  return sendBeat(store, { workerId, number, inHand: 0, lagMs: 0, draining: false });
}

export function aClaim(runId: string, attempt = 0): Claim {
  return { runId, attempt, token: randomUUID() };
}

/** The result of one claim. */
export async function claim(store: Store, workerId: string, one: Claim): Promise<ClaimResult> {
  const result = (await claimRuns(store, workerId, [one])).get(one.runId);
  if (result === undefined) throw new Error('the claim got no result');
  return result;
}

/** A run at work: its id and what `settleAttempts` wants for it. */
export async function atWork(
  store: Store,
  job: JobView,
  fields: Partial<NewRun> = {},
): Promise<(outcome: Outcome) => AttemptEnd> {
  const [workerId, runId] = await Promise.all([aWorker(store), aRun(store, job, fields)]);
  expect(await claim(store, workerId, aClaim(runId))).toMatchObject({ kind: 'started' });
  return (outcome) => anEnd({ runId, attempt: 1, workerId }, outcome);
}

export function anEnd(
  attempt: Pick<AttemptEnd, 'runId' | 'attempt' | 'workerId'>,
  outcome: Outcome = { kind: 'exited', exitCode: 0 },
): AttemptEnd {
  const excerpt = { text: 'done\n', bytes: 5, truncated: false };
  const report = { outcome, stdout: excerpt, stderr: excerpt, spawnedAt: 1_000 };
  return { ...attempt, token: randomUUID(), chance: 0.5, report };
}

export async function theRun(store: Store, id: string): Promise<RunDetail> {
  const run = await getRun(store, id);
  if (run === null) throw new Error(`there is no run ${id}`);
  return run;
}

export async function databaseNow(store: Store): Promise<number> {
  const [row] = await store.ask<{ now: number }>(statement('', 'SELECT clock_timestamp() AS now'));
  return row?.now ?? 0;
}

/** EV-1: the types of an entity's events in the order of their versions, which are 1, 2, 3… without a gap. */
export async function eventTypesOf(store: Store, entityId: string): Promise<string[]> {
  const rows = await store.ask<{ version: number; type: string; entity: string; data: unknown; at: number }>(
    statement(
      '',
      'SELECT version, type, entity, data, at FROM events WHERE entity_id = $1 ORDER BY order_number',
    ),
    [entityId],
  );
  expect(rows.map((row) => row.version)).toEqual(rows.map((_, index) => index + 1));
  for (const { version, type, entity, data, at } of rows) {
    eventSchema.parse({ id: `${entityId}.${version}`, type, entity, at: new Date(at).toISOString(), data });
    expect(data).toMatchObject({ version });
  }
  return rows.map((row) => row.type);
}

/** Returns once as many statements of this database as `count` wait for a lock. */
export async function untilWaiting(ledger: TestLedger, count: number): Promise<void> {
  const waiting = `SELECT count(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (;;) {
    const [row] = await ledger.sql<{ count: number }>(waiting);
    if (row !== undefined && row.count >= count) return;
  }
}
