import { displayWidth, pad } from './display-width.ts';
import type { Style } from './style.ts';

/** What applying one job came to. */
export interface AppliedJob {
  readonly id: string;
  readonly file: string;
  readonly change: 'created' | 'changed' | 'unchanged';
  readonly revision: number;
  /** Dotted paths in the document, where it was changed. */
  readonly changed: readonly string[];
}

const changes = ['created', 'changed', 'unchanged'] as const;
const changeColumns = Math.max(...changes.map((change) => change.length));

/** Cells for the longest id. */
export function idColumns(jobs: readonly { readonly document: { readonly id: string } }[]): number {
  return Math.max(0, ...jobs.map(({ document }) => displayWidth(document.id)));
}

export function applyLine({ id, change, changed }: AppliedJob, width: number, { colours }: Style): string {
  const paint = { created: colours.green, changed: colours.yellow, unchanged: colours.dim }[change];
  return `${paint(pad(change, changeColumns))}  ${pad(id, width)}  ${changed.join(', ')}`.trimEnd();
}

export function applySummary(jobs: readonly AppliedJob[], { colours }: Style): string {
  const counts = changes.map((change) => `${jobs.filter((job) => job.change === change).length} ${change}`);
  return colours.dim(counts.join(', '));
}
