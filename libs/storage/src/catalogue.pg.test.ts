import { reasons, runStates, settledStates } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { aJob, openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();

test('CK-1 every column of time is timestamptz(3)', async () => {
  const columns = await sql<{ name: string; type: string }>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
       AND c.relname <> '_prisma_migrations' AND format_type(a.atttypid, a.atttypmod) ~ 'time'`,
  );
  expect(columns.length).toBeGreaterThan(20);
  expect(columns.filter((column) => column.type !== 'timestamp(3) with time zone')).toEqual([]);
});

/** The CHECKs of runs, as Postgres keeps them. */
async function checks(): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; definition: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = 'runs'::regclass AND contype = 'c'`,
  );
  return new Map(rows.map((row) => [row.name, row.definition]));
}

const words = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/'(\w+)'/g)].map(([, word]) => word ?? '');

test('the states that Postgres admits are those of run-state.ts', async () => {
  expect(words((await checks()).get('runs_state_check'))).toEqual([...runStates]);
});

test('the states that Postgres takes for settled are those of run-state.ts', async () => {
  expect(words((await checks()).get('runs_settled'))).toEqual([...settledStates]);
});

test('the reasons that Postgres admits for each state are those of run-state.ts', async () => {
  const definition = (await checks()).get('runs_reason') ?? '';
  const admitted = Object.fromEntries(
    definition
      .split(/\bWHEN\b/)
      .slice(1)
      .map((branch) => words(branch.split(/\bELSE\b/)[0]))
      .map(([state, ...rest]) => [state, rest]),
  );
  const { succeeded, ...others } = reasons;
  expect(succeeded).toEqual([]);
  expect(admitted).toEqual(others);
});

test("Prisma's client reads every model", async () => {
  const job = await aJob(store);
  expect(await store.prisma.job.findMany({ include: { schedule: true, revisions: true } })).toMatchObject([
    { id: job.jobId, slug: job.slug, createdAt: new Date(job.createdAt), schedule: { kind: 'none' } },
  ]);
  const { prisma } = store;
  const others = [prisma.trigger, prisma.worker, prisma.run, prisma.attempt, prisma.logChunk, prisma.token];
  for (const model of others) expect(await (model as typeof prisma.run).findMany()).toEqual([]);
});
