import type { Stage } from '../fleet/stage.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';

/** What comes once in a campaign and looks for its moment by itself: it starts with the first of the planned faults. */
export function once(name: string, target: string, inject: (stage: Stage) => Promise<void>): FaultKind {
  const seen = new WeakSet<Stage>();
  return {
    name,
    weight: 1,
    aim: (stage) => ({
      target,
      async inject() {
        if (seen.has(stage)) throw new NothingToBreak('it came before');
        seen.add(stage);
        await inject(stage);
      },
    }),
  };
}
