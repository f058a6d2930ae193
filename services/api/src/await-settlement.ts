import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled } from '@flotilla/domain';
import type { RunView } from '@flotilla/storage';

const firstLookMs = 50;
const slowestLookMs = 1_000;

/**
 * The run once it is settled, or as it is when the wait is over or the signal is aborted. It looks less and less often:
 * a cancel is a matter of milliseconds or of the turn's grace.
 */
export async function awaitSettlement<Seen extends Pick<RunView, 'id' | 'state'>>(
  runs: { get(id: string): Promise<Seen | null> },
  run: Seen,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<Seen> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  let latest = run;
  for (let lookMs = firstLookMs; !isSettled(latest.state); lookMs = Math.min(lookMs * 2, slowestLookMs)) {
    await sleep(lookMs, undefined, { signal: over }).catch(() => undefined); // aborted: the wait is over
    if (signal.aborted) break;
    latest = (await runs.get(run.id)) ?? latest;
    if (over.aborted) break;
  }
  return latest;
}
