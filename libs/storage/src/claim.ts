import { claimGated } from './claim-gated.ts';
import { type Claim, type ClaimedRun, type ClaimResult, claimColumns } from './claim-try.ts';
import type { Store } from './connect.ts';
import { claimUngated } from './sql/claim.ts';

/** CL-1: runs that one claim takes at most. */
export const claimBatch = 100;

/**
 * Claims up to `claimBatch` runs for a worker. One result for each, by run id; of two claims of one run in a batch the
 * first is asked, and the result is that of its token. `onAskedToEnd` hears of runs at work that were asked to end for
 * the sake of these (CN-1), once that is committed.
 */
export async function claimRuns(
  store: Store,
  workerId: string,
  offered: readonly Claim[],
  onAskedToEnd: (runIds: readonly string[]) => void = () => undefined,
): Promise<ReadonlyMap<string, ClaimResult>> {
  const claims = offered.filter(
    ({ runId }, index) => offered.findIndex((other) => other.runId === runId) === index,
  );
  const results = new Map<string, ClaimResult>();
  const started = await store.ask<ClaimedRun>(claimUngated, [...claimColumns(claims), workerId]);
  for (const run of started) results.set(run.runId, { kind: 'started', run });
  const left = claims.filter((claim) => !results.has(claim.runId));
  if (left.length === 0) return results;
  const gated = await claimGated(store, workerId, left);
  if (gated.askedToEnd.length > 0) onAskedToEnd(gated.askedToEnd);
  return new Map([...results, ...gated.results]);
}
