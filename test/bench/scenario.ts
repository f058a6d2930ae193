import type { Figure } from './figure.ts';
import type { Programs } from './fleet/bundle-programs.ts';
import type { Load } from './profile/watch-load.ts';

export interface Scenario {
  /** What is measured, in one line. */
  readonly title: string;
  /** What it stands on, line by line: amounts, settings, what is counted and what is not. */
  readonly settings: readonly string[];
  readonly rounds: number;
  measure(bench: Bench): Promise<Measured>;
}

/** What a scenario is given. */
export interface Bench {
  readonly programs: Programs;
  readonly rounds: number;
  /** Smaller amounts. */
  readonly isQuick: boolean;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Where the time went, of the last round: told where a bound does not hold. */
  readonly load: readonly Load[];
}
