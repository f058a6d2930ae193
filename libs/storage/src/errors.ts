import pg from 'pg';

/** Postgres cannot be used: its message is one line for whoever runs the service. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}

/** Answers after which asking anything else is pointless until somebody or time mends it. */
const refusals: Readonly<Record<string, string>> = {
  '28P01': 'Postgres refused the password in DATABASE_URL',
  '28000': 'Postgres refused the user in DATABASE_URL',
  '3D000': 'the database named in DATABASE_URL does not exist',
  '53300': 'Postgres has no connection left: raise max_connections or run fewer processes',
  '57P01': 'Postgres was shut down by its administrator',
  '57P02': 'Postgres is recovering from a crash',
  '57P03': 'Postgres is starting up or shutting down',
};

/** The SQLSTATE of an error that Postgres answered with. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** SE-2: errors of the row's own content (class 22 data, 54 limits), which no repetition mends. */
export function isUnstorable(error: unknown): boolean {
  const code = sqlState(error);
  return code?.startsWith('22') === true || code?.startsWith('54') === true;
}

/**
 * What a failed statement or connection attempt means: an answer of Postgres stays what it is; no answer, or one that
 * ends the connection, is `StorageUnavailable`.
 */
export function asStorageError(error: unknown): unknown {
  const code = sqlState(error);
  if (code !== undefined) {
    const refusal = refusals[code];
    return refusal === undefined ? error : new StorageUnavailable(refusal, { cause: error });
  }
  if (error instanceof StorageUnavailable) return error;
  return new StorageUnavailable(`Postgres cannot be reached: ${silence(error)}`, { cause: error });
}

/** The first cause of several attempts (IPv6, then IPv4) says as much as all; Prisma's last line says what went wrong. */
function silence(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return message.trim().split('\n').at(-1) ?? message;
}

/** What a server answers that takes no writes for now: a standby, or one that is set so. */
const readOnly = '25006';

/** Errors that time mends: conflicts (class 40), resources (53), locks (55), the operator (57), no writes, no answer. */
export function isTransient(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  return error instanceof StorageUnavailable || code === readOnly || /^(40|53|55|57)/.test(code);
}
