import { schemaState } from '@flotilla/prisma';
import {
  connect,
  listAlarms,
  listZonesInUse,
  readPresence,
  readServerSettings,
  refusesStartupOptions,
  type Store,
} from '@flotilla/storage';
import { checkAlarms } from './check-alarms.ts';
import { checkClock } from './check-clock.ts';
import { checkCommit } from './check-commit.ts';
import { checkConnections } from './check-connections.ts';
import { checkPooler, refusingPooler } from './check-pooler.ts';
import { checkPostgres } from './check-postgres.ts';
import { checkPresence } from './check-presence.ts';
import { checkSchema } from './check-schema.ts';
import { checkZones } from './check-zones.ts';
import type { Finding } from './finding.ts';

/** @param now this host's clock, in epoch milliseconds */
export async function examinePostgres(url: string, address: string, now: () => number): Promise<Finding[]> {
  const store = connect({ url, applicationName: 'flotilla doctor', maxConnections: 1 });
  try {
    const settings = await readServerSettings(store);
    const askedAt = now(); // once the session is open: the opening would be taken for skew
    const { now: theirs } = await readServerSettings(store);
    const reading = { theirs, askedAt, answeredAt: now() };
    return [
      checkPostgres(settings, address),
      ...(await examineLedger(store)),
      checkCommit(settings),
      checkPooler(settings),
      checkConnections(settings),
      checkClock('Postgres', reading),
    ];
  } catch (error) {
    if (refusesStartupOptions(error)) return [refusingPooler()];
    throw error;
  } finally {
    await store.close();
  }
}

/** More can be read only where the schema is the one that this release knows. */
async function examineLedger(store: Store): Promise<Finding[]> {
  const state = await schemaState(store.pool);
  const schema = checkSchema(state);
  if (state.kind !== 'current') return [schema];
  return [
    schema,
    checkZones(await listZonesInUse(store)),
    ...checkPresence(await readPresence(store)),
    ...checkAlarms(await listAlarms(store)),
  ];
}
