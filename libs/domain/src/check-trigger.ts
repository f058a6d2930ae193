import { type AfterDocument, maxChildren, maxTriggerDepth, parentPath, parentsOf } from './after.ts';
import type { FieldError } from './field-error.ts';

export interface TriggerPlace {
  readonly slug: string;
  readonly after: AfterDocument;
  /** Who waits for whom, from the parents upwards. A job that is not there yet has nobody below it. */
  readonly triggers: readonly { readonly slug: string; readonly parent: string }[];
  /** Triggers in the longest chain below the job. */
  readonly depthBelow: number;
  /** Jobs that have as many other children as a job may have. */
  readonly crowded: readonly string[];
}

/** What is wrong with a job waiting for its parents: a cycle, a chain that is too long, a parent of too many (ED-5). */
export function checkTrigger({ slug, after, triggers, depthBelow, crowded }: TriggerPlace): FieldError[] {
  const above = new Map<string, string[]>();
  for (const trigger of triggers)
    above.set(trigger.slug, [...(above.get(trigger.slug) ?? []), trigger.parent]);
  return parentsOf(after).flatMap((parent) => {
    const message = faultOf(parent);
    return message === null ? [] : [{ path: parentPath(after, parent), value: parent, message }];
  });

  function faultOf(parent: string): string | null {
    const chain = chainTo(slug, parent, above);
    if (chain !== null) return `a cycle: ${[slug, ...chain].join(' ← ')}`;
    const depth = heightOf(parent, above) + 1 + depthBelow;
    if (depth > maxTriggerDepth) return `a chain of ${depth} triggers: ${maxTriggerDepth} are allowed`;
    if (crowded.includes(parent))
      return `"${parent}" has ${maxChildren} children already: as many as are allowed`;
    return null;
  }
}

/** From `from` upwards to `to`, both included; null where no way leads there. */
function chainTo(
  to: string,
  from: string,
  above: ReadonlyMap<string, readonly string[]>,
  seen: Set<string> = new Set(),
): readonly string[] | null {
  if (from === to) return [from];
  seen.add(from);
  for (const parent of above.get(from) ?? []) {
    const chain = seen.has(parent) ? null : chainTo(to, parent, above, seen);
    if (chain !== null) return [from, ...chain];
  }
  return null;
}

/** Triggers in the longest chain above a job. */
function heightOf(
  slug: string,
  above: ReadonlyMap<string, readonly string[]>,
  known: Map<string, number> = new Map(),
): number {
  const height = known.get(slug);
  if (height !== undefined) return height;
  known.set(slug, 0); // a cycle that slipped in ends here
  const heights = (above.get(slug) ?? []).map((parent) => 1 + heightOf(parent, above, known));
  const highest = Math.max(0, ...heights);
  known.set(slug, highest);
  return highest;
}
