import type { Evidence } from '../evidence/evidence.ts';
import type { Asked } from '../history.ts';
import { groupBy } from './group-by.ts';

export type Edit = Asked & { readonly at: number };

/** What changes when a job ticks. */
const editing: readonly string[] = ['put', 'enable', 'disable', 'delete'];

/** An edit that nobody is known to have asked for took no longer than its statements' own time-outs let it. */
const longestMs = 15_000;

/** What clients asked to be edited, by slug. */
export function editsOf(history: Evidence['history']): Map<string | undefined, Edit[]> {
  const edits = history.filter(
    (entry): entry is Edit => entry.op === 'asked' && editing.includes(entry.what),
  );
  return groupBy(edits, ({ job }) => job);
}

/** When the edit that was written at this instant was asked for. One whose answer never came may have been written later. */
export function earliestEdit(edits: readonly Edit[], writtenAt: number): number {
  const asked = edits
    .filter(({ askedAt, at, status }) => askedAt <= writtenAt && (at >= writtenAt || status === null))
    .map(({ askedAt }) => askedAt);
  const bound = writtenAt - longestMs;
  return asked.length === 0 ? bound : Math.max(bound, Math.min(...asked));
}
