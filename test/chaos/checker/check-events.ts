import { settledStates } from '@flotilla/domain';
import type { Evidence } from '../evidence/evidence.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

const last = new Set<string>([
  ...settledStates.map((state) => `run.${state}`),
  'run.withdrawn',
  'job.deleted',
]);

/** C3: one event for each version, all of them published, in the order of their entity as first seen. */
export function checkEvents({ events, runs, seen }: Evidence): Violation[] {
  const wrong: Violation[] = [];
  const c3 = (subject: string, what: string) => wrong.push({ invariant: 'C3', subject, what });
  const firstSeen = new Map<string, number>();
  for (const [place, { id }] of seen.entries()) if (!firstSeen.has(id)) firstSeen.set(id, place);
  const versions = new Map(runs.map(({ id, version }) => [id, version]));

  const byEntity = groupBy(events, ({ entityId }) => entityId);
  for (const [entityId, rows] of byEntity) {
    const name = `${rows[0]?.entity} ${entityId}`;
    const told = rows.map(({ version }) => version);
    const expected = versions.get(entityId) ?? told.at(-1);
    if (told.some((version, index) => version !== index + 1) || told.length !== expected) {
      c3(entityId, `${name} is at version ${expected} and has events of ${told.join(', ')}`);
    }
    const after = rows.slice(0, -1).find(({ type }) => last.has(type));
    if (after !== undefined) c3(entityId, `${name} goes on after ${after.type}`);
    let before = -1;
    for (const { version, type } of rows) {
      const place = firstSeen.get(`${entityId}.${version}`);
      if (place === undefined) c3(entityId, `${name}: nobody heard of version ${version} (${type})`);
      else if (place < before)
        c3(entityId, `${name}: version ${version} (${type}) came before an earlier one`);
      else before = place;
    }
  }
  for (const [id, version] of versions) {
    // ED-4: nothing is told of the row of a pause until it is closed.
    if (version > 0 && !byEntity.has(id)) c3(id, `run ${id} has no events`);
  }
  const known = new Set(events.map(({ entityId, version }) => `${entityId}.${version}`));
  for (const id of firstSeen.keys())
    if (!known.has(id)) c3(id, `the stream brought ${id}, which the ledger does not have`);
  return wrong;
}
