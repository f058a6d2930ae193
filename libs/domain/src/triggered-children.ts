import { maxTriggerDepth, type TriggerCondition } from './after.ts';
import { isPausedAt, type Pause } from './pause.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';

/** A job that waits for the end of another, as it stands when that end is settled. */
export interface ChildJob {
  readonly jobId: string;
  readonly revision: number;
  readonly enabled: boolean;
  readonly on: TriggerCondition;
  readonly delayMs: number;
  readonly pause?: Pause | null;
}

/** A run that a parent's end begins. Its cause is `parent`, its key the parent run (ID-1): it fires once. */
export interface ChildRun {
  readonly jobId: string;
  readonly revision: number;
  readonly key: string;
  readonly parentId: string;
  readonly depth: number;
  readonly dueAt: number;
  readonly state: 'queued' | 'skipped';
  readonly reason: Reason | null;
}

const failures: readonly SettledState[] = ['failed', 'timed_out', 'interrupted'];

/** `success` = succeeded; `failure` = failed, timed out, interrupted; `complete` = both. Other ends fire nothing. */
export function fires(on: TriggerCondition, state: SettledState): boolean {
  const success = state === 'succeeded';
  const failure = failures.includes(state);
  switch (on) {
    case 'success':
      return success;
    case 'failure':
      return failure;
    case 'complete':
      return success || failure;
  }
}

/** The runs that follow from `parent` having ended in `state` at `now`. A disabled or paused child gets its row: skipped. */
export function triggeredChildren(
  parent: Pick<Run, 'id' | 'depth'>,
  state: SettledState,
  children: readonly ChildJob[],
  now: number,
): readonly ChildRun[] {
  const depth = parent.depth + 1;
  if (depth > maxTriggerDepth) return []; // ED-5: a cycle that slipped past the door ends here
  return children
    .filter((child) => fires(child.on, state))
    .map((child) => {
      const reason = skippedBecause(child, now);
      return {
        jobId: child.jobId,
        revision: child.revision,
        key: parent.id,
        parentId: parent.id,
        depth,
        dueAt: now + child.delayMs,
        state: reason === null ? 'queued' : 'skipped',
        reason,
      };
    });
}

/** AD-5: one with a delay is asked when it is due, since its job may be resumed until then. */
function skippedBecause({ enabled, delayMs, pause = null }: ChildJob, now: number): Reason | null {
  if (!enabled) return 'disabled';
  return delayMs === 0 && isPausedAt(pause, now) ? 'paused' : null;
}
