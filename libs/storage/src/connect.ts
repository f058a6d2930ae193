import { PrismaClient } from '@flotilla/prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import pg, { type PoolClient } from 'pg';
import { asStorageError, StorageUnavailable } from './errors.ts';
import { type Statement, statement } from './statement.ts';

/** TX-5: what bounds every statement. All in milliseconds. */
export const bounds = {
  idleInTransactionMs: 5_000,
  statementMs: 10_000,
  lockMs: 2_000,
  /** The client's own deadline: half-open silence outlives every time-out of the server. */
  replyMs: 12_000,
  connectMs: 5_000,
} as const;

export interface StoreOptions {
  readonly url: string;
  /** Shown in pg_stat_activity: `flotilla worker beat`. */
  readonly applicationName: string;
  /** Connections at most; 4 where none is given. */
  readonly maxConnections?: number;
  /** The client's deadline for one statement; a heartbeat has a shorter one. */
  readonly replyMs?: number;
  /**
   * Each connection plans a statement once, by its indexes, and keeps the plan whatever it is asked. For what names its
   * rows by id: planned anew for each claim and settle, they took Postgres longer to plan than to carry out.
   */
  readonly keepsPlans?: boolean;
}

/** Asks statements on one connection. Rows come with instants as epoch milliseconds and bigints as numbers. */
export interface Session {
  ask<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Store extends Session {
  /** For plain reads; what is hot or guarded is a named statement. */
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** Runs `use` in one READ COMMITTED transaction; an error rolls it back and is thrown. */
  transaction<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** Changes with every new connection of the pool: what was counted on the old one no longer counts (LV-3). */
  connections(): number;
  close(): Promise<void>;
}

/** Without sequential scans: a plan that was made while a table was small outlives that. */
const keptPlans = ['-c plan_cache_mode=force_generic_plan', '-c enable_seqscan=off'];

/** Connects lazily: the first statement opens the first connection. */
export function connect(options: StoreOptions): Store {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 4,
    connectionTimeoutMillis: bounds.connectMs,
    query_timeout: options.replyMs ?? bounds.replyMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: { getTypeParser },
    options: [
      `-c idle_in_transaction_session_timeout=${bounds.idleInTransactionMs}`,
      `-c statement_timeout=${bounds.statementMs}`,
      `-c lock_timeout=${bounds.lockMs}`,
      '-c TimeZone=UTC',
      ...(options.keepsPlans === true ? keptPlans : []),
    ].join(' '),
  });
  let opened = 0;
  /** TX-5: one missed answer makes every older connection suspect, since they share the line that may be gone. */
  let trusted = new WeakSet<PoolClient>();
  let prisma: PrismaClient | undefined;
  pool.on('connect', (client) => {
    opened += 1;
    trusted.add(client);
    // One that breaks in use says so here too, and nobody hearing it would end the process: the statement reports it.
    client.on('error', () => undefined);
  });
  // An idle connection that breaks is replaced with the next statement, which reports what is wrong.
  pool.on('error', () => undefined);

  async function acquire(): Promise<PoolClient> {
    for (;;) {
      const client = await pool.connect().catch((error: unknown) => {
        throw asStorageError(error);
      });
      if (trusted.has(client)) return client;
      client.release(true);
    }
  }

  async function onClient<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await acquire();
    let isBroken = false;
    try {
      return await use(client);
    } catch (error) {
      isBroken = error instanceof StorageUnavailable;
      if (isBroken) trusted = new WeakSet();
      throw error;
    } finally {
      client.release(isBroken); // TX-5: a connection on which a reply is missing is destroyed, never pooled again
    }
  }

  return {
    pool,
    get prisma() {
      prisma ??= new PrismaClient({ adapter: new PrismaPg(pool) }); // most processes never read through it
      return prisma;
    },
    connections: () => opened,
    ask: (query, values) => onClient((client) => ask(client, query, values)),
    transaction: (use) => onClient((client) => transaction(client, use)),
    close: () => pool.end(),
  };
}

async function ask<Row extends object>(
  client: PoolClient,
  { name, text }: Statement,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    const { rows } = await client.query<Row>({ name, text, values: [...values] });
    return rows;
  } catch (error) {
    throw asStorageError(error);
  }
}

const begin = statement('begin', 'BEGIN');
const commit = statement('commit', 'COMMIT');
const rollback = statement('rollback', 'ROLLBACK');

async function transaction<T>(client: PoolClient, use: (session: Session) => Promise<T>): Promise<T> {
  await ask(client, begin);
  try {
    const result = await use({ ask: (query, values) => ask(client, query, values) });
    await ask(client, commit);
    return result;
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) await ask(client, rollback);
    throw error;
  }
}

const oid = { bigint: 20, timestamptz: 1184 } as const;

/** Instants become epoch milliseconds and bigints numbers: none of ours leaves the safe integers. */
function getTypeParser(type: number, format?: 'text' | 'binary') {
  if (type === oid.timestamptz) return (text: string) => Date.parse(text);
  if (type === oid.bigint) return Number;
  return pg.types.getTypeParser(type, format);
}
