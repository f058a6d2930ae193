import { maxTriggerDepth, type TriggerCondition } from './after.ts';
import type { Run } from './run.ts';
import type { Reason, SettledState } from './run-state.ts';

/** A job that waits for the end of another, as it stands when that end is settled. */
export interface ChildJob {
  readonly jobId: string;
  readonly revision: number;
  readonly enabled: boolean;
  readonly on: TriggerCondition;
  readonly delayMs: number;
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

/** The runs that follow from `parent` having ended in `state` at `now`. A disabled child gets its row: skipped. */
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
    .map((child) => ({
      jobId: child.jobId,
      revision: child.revision,
      key: parent.id,
      parentId: parent.id,
      depth,
      dueAt: now + child.delayMs,
      state: child.enabled ? 'queued' : 'skipped',
      reason: child.enabled ? null : 'disabled',
    }));
}
