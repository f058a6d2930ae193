/** Lanes that publishing is divided into; an entity stays in its lane for ever. */
export const eventLanes = 8;

/** The lane of an entity, from the random end of its uuid. */
export const laneOf = (id: string) => `(get_byte(uuid_send(${id}), 15) % ${eventLanes})::smallint`;

/** The payload of a `run.…` event (domain: `runFactSchema`) from a row of runs and its job's slug. */
const runFact = (run: string, slug: string) => `jsonb_build_object(
  'run', ${run}.id, 'job', ${slug}, 'jobId', ${run}.job_id, 'cause', ${run}.cause, 'key', ${run}.key,
  'tickAt', ${run}.tick_at, 'tickUntil', ${run}.tick_until, 'tickCount', ${run}.tick_count, 'dueAt', ${run}.due_at,
  'startedAt', ${run}.started_at, 'settledAt', ${run}.settled_at, 'state', ${run}.state, 'reason', ${run}.reason,
  'attempt', ${run}.attempt, 'failures', ${run}.failures, 'losses', ${run}.losses, 'revision', ${run}.revision,
  'version', ${run}.version, 'worker', ${run}.worker_id, 'parent', ${run}.parent_id,
  'pool', ${run}.pool, 'priority', ${run}.priority, 'blockedBy', ${run}.blocked_by)
  || CASE WHEN ${run}.parent_ids IS NULL THEN '{}' ELSE jsonb_build_object('parents', ${run}.parent_ids) END`;

function askedBy(asked: Readonly<Record<string, string>>): string {
  const fields = Object.entries(asked).map(([name, value]) => `'${name}', ${value}`);
  return fields.length === 0 ? '' : ` || jsonb_strip_nulls(jsonb_build_object(${fields.join(', ')}))`;
}

/**
 * EV-1: the end of every statement that writes runs: one event for each row of the CTE `changed`, which holds whole
 * rows of runs as this version left them. `type` is an SQL expression over `c`; so are `asked`: who asked for what
 * happened, and with which key, where somebody did.
 */
export const tellRuns = (type: string, asked: Readonly<Record<string, string>> = {}) => `
INSERT INTO events (entity_id, version, entity, type, job_id, data, lane)
SELECT c.id, c.version, 'run', ${type}, c.job_id, ${runFact('c', 'j.slug')}${askedBy(asked)}, ${laneOf('c.id')}
FROM changed c JOIN jobs j ON j.id = c.job_id`;
