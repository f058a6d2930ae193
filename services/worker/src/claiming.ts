import type { Message } from '@flotilla/queue';
import { monotonicMs, sleep, withTimeLimit } from '@flotilla/runtime';
import {
  type Claim,
  type ClaimedRun,
  type ClaimResult,
  claimBatch,
  claimRuns,
  handBack,
  type Store,
} from '@flotilla/storage';
import { createBatcher } from './batcher.ts';
import type { GivenUpClaims } from './given-up-claims.ts';
import type { Membership } from './membership.ts';

/** CL-1: how long a claim waits for others to go with it. */
const collectMs = 2;
/** A claim is asked again with the same token so often, then given up; the beat hands back what it may have got. */
const tries = 5;
const firstRetryMs = 100;
/** CL-5: a claim that is not answered for so long says that the ledger is out of reach. */
const unansweredMs = 3_000;
/** A run that goes back is waited for so long; then the beat does it. */
const giveBackMs = 3_000;

export type ClaimAnswer = ClaimResult & {
  /** On the monotonic clock (LV-2). */
  readonly answeredAtMs: number;
};

export interface Claiming {
  /** Claims the run of a message. Throws where the database did not answer. */
  claim(message: Message, token: string): Promise<ClaimAnswer>;
  /** A claim of this run is not answered yet. */
  isClaiming(runId: string): boolean;
  /** CL-3: gives back a run that was claimed and never started; where that fails, the next beats do. */
  giveBack(run: Pick<ClaimedRun, 'runId' | 'attempt' | 'token'>): Promise<void>;
  /** LV-6: whatever claims in flight get is never started. */
  dropAll(): void;
}

export interface ClaimingOptions {
  readonly store: Store;
  readonly membership: Pick<Membership, 'id' | 'permission'>;
  readonly givenUp: GivenUpClaims;
  /** CL-5: a claim is not answered, or was given up. */
  readonly onUnanswered: () => void;
  readonly onGivenBack: (runIds: readonly string[]) => void;
  /** CN-1: runs at work, here or elsewhere, were asked to end for the sake of runs that were claimed here. */
  readonly onAskedToEnd: (runIds: readonly string[]) => void;
  readonly unansweredAfterMs?: number;
}

type WorkersClaim = Claim & { readonly workerId: string };

/** CL-1, CL-3: claims in batches, each try with a token of its own that makes it repeatable. */
export function createClaiming(options: ClaimingOptions): Claiming {
  const { store, membership, givenUp, onUnanswered, onGivenBack, onAskedToEnd } = options;
  const { unansweredAfterMs = unansweredMs } = options;
  /** Tokens of claims in flight, by run. */
  const open = new Map<string, string>();
  const ask = createBatcher<WorkersClaim, ClaimAnswer>({
    limit: claimBatch,
    waitMs: collectMs,
    inFlight: 2,
    async send(claims) {
      // Claims of an id that was lost meanwhile are refused by the ledger itself (CL-2).
      const workerId = claims.at(-1)?.workerId ?? '';
      const own = claims.filter((claim) => claim.workerId === workerId);
      const results = await claimRuns(store, workerId, own, onAskedToEnd);
      const answeredAtMs = monotonicMs();
      return claims.map((claim) => ({ ...(results.get(claim.runId) ?? { kind: 'refused' }), answeredAtMs }));
    },
  });

  async function askPatiently(claim: WorkersClaim): Promise<ClaimAnswer> {
    const unanswered = setTimeout(onUnanswered, unansweredAfterMs);
    try {
      for (let tried = 1; ; tried++) {
        try {
          return await ask(claim);
        } catch (error) {
          if (tried === tries || givenUp.has(claim.token)) throw error;
          await sleep(firstRetryMs * 2 ** (tried - 1));
        }
      }
    } catch (error) {
      givenUp.add(claim.token);
      onUnanswered();
      throw error;
    } finally {
      clearTimeout(unanswered);
    }
  }

  async function giveBack({ runId, attempt, token }: Pick<ClaimedRun, 'runId' | 'attempt' | 'token'>) {
    givenUp.add(token); // from now on a beat that sees it hands it back too
    const workerId = membership.id();
    if (workerId === null) return;
    const handedBack = handBack(store, workerId, [{ runId, attempt }]).then(() => onGivenBack([runId]));
    await withTimeLimit(giveBackMs, handedBack).catch(() => undefined);
  }

  return {
    async claim({ runId, attempt }, token) {
      const refused = () => ({ kind: 'refused', answeredAtMs: monotonicMs() }) as const;
      const workerId = membership.id();
      if (workerId === null || membership.permission() === null) return refused();
      // HO-2: a run that was handed out twice may come here twice; only one of the two may be told that it started.
      if (open.has(runId)) return { kind: 'undecided', answeredAtMs: monotonicMs() };
      open.set(runId, token);
      try {
        const answer = await askPatiently({ runId, attempt, token, workerId });
        // LV-6: what was claimed under an id that is dead by now is not ours to start.
        return givenUp.has(token) ? refused() : answer;
      } finally {
        open.delete(runId);
      }
    },
    isClaiming: (runId) => open.has(runId),
    giveBack,
    dropAll() {
      for (const token of open.values()) givenUp.add(token);
    },
  };
}
