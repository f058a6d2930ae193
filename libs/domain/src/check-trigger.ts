import { maxTriggerDepth } from './after.ts';
import type { FieldError } from './field-error.ts';

export interface TriggerPlace {
  readonly slug: string;
  /** The parent, its parent, and so on; a job that is not there yet has nobody below it. */
  readonly ancestors: readonly string[];
  /** Triggers in the longest chain below the job. */
  readonly depthBelow: number;
}

/** What is wrong with a job waiting for the first of its `ancestors`: a cycle, or a chain that is too long (ED-5). */
export function checkTrigger({ slug, ancestors, depthBelow }: TriggerPlace): FieldError[] {
  const path = 'after.job';
  const [parent] = ancestors;
  const again = ancestors.indexOf(slug);
  if (again >= 0) {
    const cycle = [slug, ...ancestors.slice(0, again + 1)].join(' ← ');
    return [{ path, value: parent, message: `a cycle: ${cycle}` }];
  }
  const depth = ancestors.length + depthBelow;
  if (depth <= maxTriggerDepth) return [];
  return [{ path, value: parent, message: `a chain of ${depth} triggers: ${maxTriggerDepth} are allowed` }];
}
