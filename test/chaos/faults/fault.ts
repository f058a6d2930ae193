import type { Chance } from '../chance.ts';
import type { Stage } from '../fleet/stage.ts';

/** One fault of a campaign, aimed and not injected yet. */
export interface Fault {
  /** What it breaks: nothing else breaks the same at the same time. */
  readonly target: string;
  /** Resolves when it is over and mended. Throws where it could not be injected. */
  inject(): Promise<void>;
}

/** A way to break a fleet. What it hits, and for how long, is up to `chance` alone. */
export interface FaultKind {
  readonly name: string;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  aim(stage: Stage, chance: Chance): Fault;
}

/** There was nothing to break. */
export class NothingToBreak extends Error {
  override readonly name = 'NothingToBreak';
}
