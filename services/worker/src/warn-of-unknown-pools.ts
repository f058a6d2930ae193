import { listPoolNames, type Session } from '@flotilla/storage';

/** Tells which of a worker's pools nobody has made yet; nothing where the ledger does not answer. */
export async function warnOfUnknownPools(
  session: Session,
  pools: readonly string[],
  warn: (unknown: readonly string[]) => void,
): Promise<void> {
  const known = await listPoolNames(session).catch(() => pools);
  const unknown = pools.filter((pool) => !known.includes(pool));
  if (unknown.length > 0) warn(unknown);
}
