import type { TurnIdentity } from '../turn.ts';

/**
 * What a gateway learns of the run. The key is not sent as `Idempotency-Key`: a gateway that acts on that would repeat its
 * refusal to the next attempt, and refuse the next model for having another body.
 */
export function questionHeaders(agent: string, identity: TurnIdentity): Record<string, string> {
  return {
    'x-flotilla-agent': agent,
    'x-openclaw-agent-id': agent,
    'x-flotilla-job-id': identity.jobId,
    'x-flotilla-run-id': identity.runId,
    'x-flotilla-attempt': String(identity.attempt),
    'x-flotilla-idempotency-key': identity.idempotencyKey,
  };
}
