import { isZone } from '@flotilla/domain';
import { type Finding, fine, wrong } from './finding.ts';

/** Whether this host's time zone data knows the zones of all jobs. */
export function checkZones(zones: readonly { readonly zone: string; readonly jobs: number }[]): Finding {
  const unknown = zones.filter(({ zone }) => !isZone(zone));
  if (unknown.length === 0) return fine('zones', 'this host knows the zones of all jobs');
  const names = unknown.map(({ zone, jobs }) => `${zone} (${jobs} ${jobs === 1 ? 'job' : 'jobs'})`);
  return wrong(
    'zones',
    `this host does not know the ${unknown.length === 1 ? 'zone' : 'zones'} ${names.join(', ')}`,
    'update Node wherever a scheduler or an API runs',
  );
}
