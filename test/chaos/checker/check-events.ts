import { settledStates } from '@flotilla/domain';
import type { EventRow, Evidence } from '../evidence/evidence.ts';
import type { SeenEvent } from '../evidence/subscriber.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

const last = new Set<string>([
  ...settledStates.map((state) => `run.${state}`),
  'run.withdrawn',
  'job.deleted',
]);

/**
 * C3: one event for each version, all of them published, in the order of their entity as first seen: by whoever followed
 * the stream all the time, and by whoever reads it when all is over.
 */
export function checkEvents({ events, runs, seen, stream }: Evidence): Violation[] {
  const wrong: Violation[] = [];
  const c3 = (subject: string, what: string) => wrong.push({ invariant: 'C3', subject, what });
  const [firstSeen, firstInStream] = [firstPlaces(seen), firstPlaces(stream)];
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
    const { unheard, early } = compare(rows, firstSeen);
    for (const which of unheard) c3(entityId, `${name}: nobody heard of ${which}`);
    for (const which of early) c3(entityId, `${name}: ${which} came before an earlier one`);
    const kept = compare(rows, firstInStream);
    for (const which of kept.unheard) c3(entityId, `${name}: the stream has lost ${which}`);
    for (const which of kept.early)
      c3(entityId, `${name}: ${which} lies in the stream before an earlier one`);
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

function firstPlaces(seen: readonly SeenEvent[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, { id }] of seen.entries()) if (!places.has(id)) places.set(id, place);
  return places;
}

/** Of an entity's events, in words: those that have no place, and those whose place is before that of an earlier one. */
function compare(rows: readonly EventRow[], places: ReadonlyMap<string, number>) {
  const [unheard, early]: [string[], string[]] = [[], []];
  let before = -1;
  for (const { entityId, version, type } of rows) {
    const place = places.get(`${entityId}.${version}`);
    if (place === undefined) unheard.push(`version ${version} (${type})`);
    else if (place < before) early.push(`version ${version} (${type})`);
    else before = place;
  }
  return { unheard, early };
}
