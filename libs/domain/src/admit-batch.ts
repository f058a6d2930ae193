import { type Admission, type AdmissionFacts, admitRun } from './admit-run.ts';
import type { Run } from './run.ts';

/** A run that is offered for a start, with the facts as they were before any of its batch was decided. */
export interface OfferedRun extends AdmissionFacts {
  readonly runId: string;
  readonly jobId: string;
  readonly run: Pick<Run, 'state' | 'attempt' | 'dueAt' | 'cause' | 'tickAt'>;
}

/**
 * TX-3: a batch is a fold. Each run is asked of the facts as the decisions before it leave them, in the order dueAt,
 * id, so that any split of the same runs into batches decides the same. The decisions come back by run id; a run that
 * was handed out twice (HO-2) and is offered twice is decided once.
 */
export function admitBatch(offered: readonly OfferedRun[]): ReadonlyMap<string, Admission> {
  const admissions = new Map<string, Admission>();
  const startedNow = new Map<string, number>();
  for (const offer of [...offered].sort(byDue)) {
    if (admissions.has(offer.runId)) continue;
    const before = startedNow.get(offer.jobId) ?? 0;
    const admission = admitRun(offer.run, { ...offer, othersStarted: offer.othersStarted + before });
    admissions.set(offer.runId, admission);
    // A run that has started before is counted already: its next attempt adds nobody (AD-2).
    if (admission.kind === 'start' && offer.run.attempt === 0) startedNow.set(offer.jobId, before + 1);
  }
  return admissions;
}

function byDue(left: OfferedRun, right: OfferedRun): number {
  return left.run.dueAt - right.run.dueAt || (left.runId < right.runId ? -1 : 1);
}
