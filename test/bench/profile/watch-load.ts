import pg from 'pg';
import type { Premises } from '../fleet/premises.ts';
import { cpuSeconds } from './cpu.ts';

/** Where the time of one measurement went. */
export interface Load {
  /** Whose: `flotilla`, `pg-boss`. */
  readonly of: string;
  readonly seconds: number;
  /** CPU seconds of each process, with its descendants. */
  readonly cpu: Readonly<Record<string, number>>;
  /** The statements that took Postgres longest. */
  readonly statements: readonly StatementLoad[];
}

export interface StatementLoad {
  readonly text: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

interface Watched {
  readonly name: string;
  readonly pid: number;
}

const told = 12;

/** Counts from now on. Call the result at the end of what is measured. */
export async function watchLoad(
  of: string,
  { servers }: Premises,
  processes: readonly Watched[],
): Promise<() => Promise<Load>> {
  const watched = [...processes, ...Object.entries(servers).map(([name, { pid }]) => ({ name, pid }))];
  const pids = watched.map(({ pid }) => pid);
  await onPostgres(servers.postgres.spec.url, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await client.query('SELECT pg_stat_statements_reset()');
  });
  const [before, startMs] = [await cpuSeconds(pids), performance.now()];
  return async () => {
    const [after, seconds] = [await cpuSeconds(pids), (performance.now() - startMs) / 1_000];
    const cpu = watched.map(({ name }, index) => [name, (after[index] ?? 0) - (before[index] ?? 0)] as const);
    const statements = await onPostgres(servers.postgres.spec.url, (client) => longest(client));
    return { of, seconds, cpu: Object.fromEntries(cpu), statements };
  };
}

async function longest(client: pg.Client): Promise<StatementLoad[]> {
  const { rows } = await client.query<StatementLoad>(
    `SELECT regexp_replace(query, '\\s+', ' ', 'g') AS text, calls::int, total_exec_time AS "totalMs", rows::int
     FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT $1`,
    [told],
  );
  return rows;
}

async function onPostgres<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
