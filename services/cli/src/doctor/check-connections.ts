import type { ServerSettings } from '@flotilla/storage';
import { type Finding, fine, wrong } from './finding.ts';

/** More than this share taken: the next process may not get in. */
const crowdedShare = 0.8;

export function checkConnections({
  connections,
  maxConnections,
}: Pick<ServerSettings, 'connections' | 'maxConnections'>): Finding {
  const says = `${connections} of ${maxConnections} connections are taken`;
  return connections > maxConnections * crowdedShare
    ? wrong('connections', says, 'raise max_connections, or run fewer processes')
    : fine('connections', says);
}
