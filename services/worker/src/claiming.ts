import type { Message } from '@flotilla/queue';
import { monotonicMs, sleep } from '@flotilla/runtime';
import { type Claim, type ClaimResult, claimBatch, claimRuns, type Store } from '@flotilla/storage';
import { createBatcher } from './batcher.ts';
import type { Membership } from './membership.ts';

/** CL-1: how long a claim waits for others to go with it. */
const collectMs = 2;
/** A claim is asked again with the same token so often, then given up; the beat hands back what it may have got. */
const tries = 5;
const firstRetryMs = 100;

export type ClaimAnswer = ClaimResult & {
  /** On the monotonic clock (LV-2). */
  readonly answeredAtMs: number;
};

export interface Claiming {
  /** Claims the run of a message. Throws where the database did not answer. */
  claim(message: Message, token: string): Promise<ClaimAnswer>;
  /** A claim of this run is not answered yet. */
  isClaiming(runId: string): boolean;
}

/** CL-1, CL-3: claims in batches, each try with a token of its own that makes it repeatable. */
export function createClaiming(store: Store, membership: Membership): Claiming {
  const open = new Set<string>();
  const ask = createBatcher<Claim & { workerId: string }, ClaimAnswer>({
    limit: claimBatch,
    waitMs: collectMs,
    inFlight: 2,
    async send(claims) {
      // Claims of an id that was lost meanwhile are refused by the ledger itself (CL-2).
      const workerId = claims.at(-1)?.workerId ?? '';
      const results = await claimRuns(
        store,
        workerId,
        claims.filter((claim) => claim.workerId === workerId),
      );
      const answeredAtMs = monotonicMs();
      return claims.map((claim) => ({ ...(results.get(claim.runId) ?? { kind: 'refused' }), answeredAtMs }));
    },
  });

  async function askPatiently(claim: Claim & { workerId: string }): Promise<ClaimAnswer> {
    for (let tried = 1; ; tried++) {
      try {
        return await ask(claim);
      } catch (error) {
        if (tried === tries) throw error;
        await sleep(firstRetryMs * 2 ** (tried - 1));
      }
    }
  }

  return {
    async claim({ runId, attempt }, token) {
      const workerId = membership.id();
      if (workerId === null) return { kind: 'refused', answeredAtMs: monotonicMs() };
      // HO-2: a run that was handed out twice may come here twice; only one of the two may be told that it started.
      if (open.has(runId)) return { kind: 'undecided', answeredAtMs: monotonicMs() };
      open.add(runId);
      try {
        const answer = await askPatiently({ runId, attempt, token, workerId });
        // LV-6: what was claimed under an id that is dead by now is not ours to start.
        return membership.id() === workerId ? answer : { kind: 'refused', answeredAtMs: answer.answeredAtMs };
      } finally {
        open.delete(runId);
      }
    },
    isClaiming: (runId) => open.has(runId),
  };
}
