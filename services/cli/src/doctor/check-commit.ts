import type { ServerSettings } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

/** Whether what Postgres acknowledges is there after it crashed: all that is promised stands on that. */
export function checkCommit({
  synchronousCommit,
  fsync,
}: Pick<ServerSettings, 'synchronousCommit' | 'fsync'>): Finding {
  if (!fsync) {
    const settings = synchronousCommit === 'off' ? 'fsync and synchronous_commit are' : 'fsync is';
    return wrong(
      'commit',
      `${settings} off, a crash of the host destroys the ledger`,
      'set to on in postgresql.conf',
    );
  }
  return synchronousCommit === 'off'
    ? wrong(
        'commit',
        'synchronous_commit is off, a crash loses what was acknowledged',
        'switch it on for the server, the database and the user',
      )
    : fine('commit', `synchronous_commit is ${synchronousCommit}`);
}
