import type { ServerSettings } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

const oldestVersion = 150_000;

/** Whether this is a Postgres that Flotilla can work with at all. */
export function checkPostgres(
  settings: Pick<ServerSettings, 'version' | 'versionNumber' | 'isStandby'>,
  address: string,
): Finding {
  const found = `Postgres ${settings.version} at ${address}`;
  if (settings.versionNumber < oldestVersion) {
    return wrong('postgres', `${found} is too old`, 'upgrade it to version 15 or newer');
  }
  if (settings.isStandby) {
    return wrong(
      'postgres',
      `${found} is a standby and takes no writes`,
      'point DATABASE_URL at the primary',
    );
  }
  return fine('postgres', found);
}
