import type { Evidence } from '../evidence/evidence.ts';
import type { Violation } from './violation.ts';

/** C1, AD-4: catch-up is asked once: what has waited its turn is not given up for being late. */
export function checkWaits({ events, runs, revisions }: Evidence): Violation[] {
  const waited = new Set(
    events
      .filter(({ type }) => type === 'run.blocked' || type === 'run.delayed')
      .map(({ entityId }) => entityId),
  );
  // Under `latest` a newer run takes the place of one that waits.
  const latest = new Set(
    revisions.filter(({ document }) => document.overlap === 'latest').map(({ jobId }) => jobId),
  );
  return runs
    .filter(({ id, jobId, state }) => state === 'missed' && waited.has(id) && !latest.has(jobId))
    .map(({ id, reason }) => ({
      invariant: 'C1',
      subject: id,
      what: `run ${id} was given up as ${reason} after it had waited its turn`,
    }));
}
