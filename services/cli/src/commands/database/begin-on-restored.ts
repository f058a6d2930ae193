import { beginAfterRestore, type Presence, type RestoreResult } from '@flotilla/storage';
import { CommandError } from '../../command-error.ts';
import { useStore } from './migrate-database.ts';

export type Begun = Omit<Extract<RestoreResult, { kind: 'begun' }>, 'kind'>;

/** LG-3: makes a database that was restored one that a fleet may start on. Refused while somebody works with it. */
export async function beginOnRestored(url: string, force: boolean): Promise<Begun> {
  const result = await useStore(url, (store) => beginAfterRestore(store, { force }));
  if (result.kind === 'at_work') throw new CommandError('refused', refusalWords(result.presence));
  const { kind, ...begun } = result;
  return begun;
}

function refusalWords({ workers, schedulers }: Presence): string {
  const present = [
    ...(schedulers === 0 ? [] : [schedulers === 1 ? 'a scheduler' : `${schedulers} schedulers`]),
    ...(workers === 0 ? [] : [workers === 1 ? 'a worker' : `${workers} workers`]),
  ].join(' and ');
  const verb = workers + schedulers === 1 ? 'was' : 'were';
  return `${present} ${verb} at work with this database within the last 10 s: stop all services first (--force does it nevertheless)`;
}
