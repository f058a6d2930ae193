import type { Guard } from './guard/guard.ts';

/** GD-7: the turns inside this process that somebody else could double, for as long as they are open. */
export interface InsideTurns {
  /** Tells the present guard of a turn; what is returned tells that it is gone. */
  enter(turn: string): () => void;
  /** Tells a guard of all that are open: one that came later knows none of them. */
  tell(guard: Guard): void;
  /** Resolves once none is open. */
  gone(): Promise<void>;
}

export function createInsideTurns(presentGuard: () => Guard | null): InsideTurns {
  const open = new Set<string>();
  let waiting: (() => void)[] = [];

  return {
    enter(turn) {
      open.add(turn);
      presentGuard()?.openInside(turn);
      return () => {
        open.delete(turn);
        presentGuard()?.closeInside(turn);
        if (open.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    tell(guard) {
      for (const turn of open) guard.openInside(turn);
    },
    gone: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  };
}
