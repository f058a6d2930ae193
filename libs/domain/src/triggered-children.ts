import { maxTriggerDepth, type TriggerCondition } from './after.ts';
import { joinKey } from './key.ts';
import type { CompleteSet } from './pair-endings.ts';
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

/**
 * A run that the end of a parent begins, or those of all parents. Its cause is `parent`, its key the parent run or the
 * set of them (ID-1): it fires once.
 */
export interface ChildRun {
  readonly jobId: string;
  readonly revision: number;
  readonly key: string;
  /** Of several parents the one that ended last. */
  readonly parentId: string;
  /** Of a run that a set of endings began. */
  readonly parentIds?: readonly string[];
  /** The run that began the chain; null: this one does, since its parents have no common one. */
  readonly rootId: string | null;
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
  parent: Pick<Run, 'id' | 'rootId' | 'depth'>,
  state: SettledState,
  children: readonly ChildJob[],
  now: number,
): readonly ChildRun[] {
  const { id, rootId, depth } = parent;
  return children
    .filter((child) => fires(child.on, state))
    .flatMap((child) => childRun(child, { key: id, parentId: id, rootId, depth: depth + 1 }, now));
}

/** The run that follows from an ending of each parent of `child`; it goes on under their root where they have one. */
export function joinedChild(
  child: ChildJob,
  { endings, last }: CompleteSet,
  now: number,
): readonly ChildRun[] {
  const parentIds = endings.map(({ runId }) => runId);
  const hasOneRoot = endings.every(({ rootId }) => rootId === last.rootId);
  return childRun(
    child,
    {
      key: joinKey(parentIds),
      parentId: last.runId,
      parentIds,
      rootId: hasOneRoot ? last.rootId : null,
      depth: Math.max(...endings.map(({ depth }) => depth)) + 1,
    },
    now,
  );
}

function childRun(
  child: ChildJob,
  from: Pick<ChildRun, 'key' | 'parentId' | 'parentIds' | 'rootId' | 'depth'>,
  now: number,
): readonly ChildRun[] {
  if (from.depth > maxTriggerDepth) return []; // ED-5: a cycle that slipped past the door ends here
  const reason = skippedBecause(child, now);
  const state = reason === null ? 'queued' : 'skipped';
  return [
    { jobId: child.jobId, revision: child.revision, ...from, dueAt: now + child.delayMs, state, reason },
  ];
}

/** AD-5: one with a delay is asked when it is due, since its job may be resumed until then. */
function skippedBecause({ enabled, delayMs, pause = null }: ChildJob, now: number): Reason | null {
  if (!enabled) return 'disabled';
  return delayMs === 0 && isPausedAt(pause, now) ? 'paused' : null;
}
