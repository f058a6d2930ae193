import { bounds, type Session, type Store } from './connect.ts';
import { asStorageError, sqlState } from './errors.ts';
import {
  listZonesInUse as listZonesStatement,
  readServerSettings as readStatement,
} from './sql/server-settings.ts';

/** How the Postgres behind a store is set up, as one of its sessions sees it. */
export interface ServerSettings {
  /** `15.18 (Debian …)`; `versionNumber` is 150018. */
  readonly version: string;
  readonly versionNumber: number;
  /** The server's clock, in epoch milliseconds. */
  readonly now: number;
  /** Takes no writes. */
  readonly isStandby: boolean;
  /** `on`, `off`, `local`, `remote_write` or `remote_apply`. */
  readonly synchronousCommit: string;
  readonly fsync: boolean;
  /** Of all clients and databases. */
  readonly connections: number;
  /** What users that are no superusers may open. */
  readonly maxConnections: number;
  /** Somebody else's session answered: a pooler stands between. */
  readonly isPooled: boolean;
  /** TX-5: bounds that a store asked for with its connection and did not get. */
  readonly refusedBounds: readonly RefusedBound[];
}

export interface RefusedBound {
  readonly name: string;
  readonly wantedMs: number;
  readonly actualMs: number;
}

const sessionBounds = {
  idle_in_transaction_session_timeout: bounds.idleInTransactionMs,
  statement_timeout: bounds.statementMs,
  lock_timeout: bounds.lockMs,
} as const;

const plainSettings = [
  'server_version',
  'server_version_num',
  'synchronous_commit',
  'fsync',
  'max_connections',
  'superuser_reserved_connections',
  'reserved_connections', // since Postgres 16
] as const;

interface Answer {
  readonly now: number;
  readonly backendPid: number;
  readonly isStandby: boolean;
  readonly connections: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** Throws StorageUnavailable, or Postgres' refusal (see `refusesStartupOptions`). */
export async function readServerSettings(store: Store): Promise<ServerSettings> {
  const { answer, announcedPid } = await askAndLookAtSession(store);
  const setting = (name: (typeof plainSettings)[number]) => answer.settings[name] ?? '';
  const reserved =
    Number(setting('superuser_reserved_connections')) + Number(setting('reserved_connections'));
  return {
    version: setting('server_version'),
    versionNumber: Number(setting('server_version_num')),
    now: answer.now,
    isStandby: answer.isStandby,
    synchronousCommit: setting('synchronous_commit'),
    fsync: setting('fsync') === 'on',
    connections: answer.connections,
    maxConnections: Number(setting('max_connections')) - reserved,
    isPooled: announcedPid !== answer.backendPid,
    refusedBounds: Object.entries(sessionBounds)
      .map(([name, wantedMs]) => ({ name, wantedMs, actualMs: Number(answer.settings[name]) }))
      .filter(({ wantedMs, actualMs }) => wantedMs !== actualMs),
  };
}

/** The pid that was announced with the session is for cancel requests; a pooler makes up one of its own. */
async function askAndLookAtSession(store: Store): Promise<{ answer: Answer; announcedPid: number | null }> {
  const client = await store.pool.connect().catch((error: unknown) => {
    throw asStorageError(error);
  });
  let isBroken = true;
  try {
    const values = [[...plainSettings, ...Object.keys(sessionBounds)]];
    const { rows } = await client.query<Answer>({ ...readStatement, values });
    isBroken = false;
    const [answer] = rows;
    if (answer === undefined) throw new Error(`${readStatement.name} has no answer`);
    return { answer, announcedPid: (client as { processID?: number | null }).processID ?? null };
  } catch (error) {
    throw asStorageError(error);
  } finally {
    client.release(isBroken);
  }
}

const protocolViolation = '08P01';

/** Whether an error is a pooler's answer to the `options` with which a store connects. */
export function refusesStartupOptions(error: unknown): boolean {
  return sqlState(error) === protocolViolation;
}

/** The zones that schedules of present jobs name, with the number of jobs. */
export function listZonesInUse(session: Session): Promise<{ zone: string; jobs: number }[]> {
  return session.ask(listZonesStatement);
}
