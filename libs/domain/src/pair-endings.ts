/** The end of a parent's run, where it counts for a job that needs all of its parents. */
export interface Ending {
  readonly parentJobId: string;
  readonly runId: string;
  /** The run that began its chain of triggers: itself, where it did. */
  readonly rootId: string;
  readonly depth: number;
}

export interface WaitingEnding extends Ending {
  /** It waits for other runs of its root; else it counts beside whatever the others end with. */
  readonly isBound: boolean;
}

export interface NewEnding extends Ending {
  /** The parents whose runs may descend from its root, as the triggers are now. */
  readonly kin: readonly string[];
}

/** An ending of each parent, and which of them was the last. */
export interface CompleteSet {
  readonly endings: readonly Ending[];
  readonly last: Ending;
}

export interface Pairing {
  /** In the order in which they were complete. Each begins one run. */
  readonly complete: readonly CompleteSet[];
  readonly waiting: readonly WaitingEnding[];
}

/**
 * TX-3: the fold over endings that arrive one after another. Those that may descend from one root wait for the others of
 * that root, and then count together; any other counts at once, in the place of an older one of its parent. As soon as
 * there is one of each parent, the set is complete and its endings are used up.
 */
export function pairEndings(
  parents: readonly string[],
  waiting: readonly WaitingEnding[],
  arrived: readonly NewEnding[],
): Pairing {
  const counting = new Map<string, Ending>();
  const bound = new Map<string, Map<string, Ending>>();
  for (const { isBound, ...ending } of waiting) {
    (isBound ? ofRoot(bound, ending.rootId) : counting).set(ending.parentJobId, ending);
  }
  const complete: CompleteSet[] = [];
  for (const { kin, ...ending } of arrived) {
    const family = parents.filter((parent) => parent === ending.parentJobId || kin.includes(parent));
    const group = ofRoot(bound, ending.rootId).set(ending.parentJobId, ending);
    const together = present(family, group);
    if (together === null) continue;
    for (const one of together) {
      group.delete(one.parentJobId);
      counting.set(one.parentJobId, one);
    }
    const endings = present(parents, counting);
    if (endings === null) continue;
    complete.push({ endings, last: ending });
    counting.clear();
  }
  return {
    complete,
    waiting: [
      ...[...counting.values()].map((ending) => ({ ...ending, isBound: false })),
      ...[...bound.values()].flatMap((group) =>
        [...group.values()].map((ending) => ({ ...ending, isBound: true })),
      ),
    ],
  };
}

function ofRoot(bound: Map<string, Map<string, Ending>>, rootId: string): Map<string, Ending> {
  const group = bound.get(rootId) ?? new Map<string, Ending>();
  bound.set(rootId, group);
  return group;
}

/** One ending of each of these parents; null where one is missing. */
function present(parents: readonly string[], endings: ReadonlyMap<string, Ending>): Ending[] | null {
  const found = parents.flatMap((parent) => endings.get(parent) ?? []);
  return found.length === parents.length ? found : null;
}
