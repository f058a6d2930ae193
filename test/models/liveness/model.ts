import type { Check, Model } from '../model.ts';
import { faultActions, type LivenessFault } from './faults.ts';
import { guardActions } from './guard.ts';
import { postgresActions } from './postgres.ts';
import { type LivenessRule, LivenessRules } from './rules.ts';
import { isAtWork, type LivenessState, livenessStart } from './state.ts';
import { timeAction } from './time.ts';
import { hearsAnswer, workerActions } from './worker.ts';

export interface LivenessScenario {
  /** Rules that are switched off. */
  readonly off: readonly LivenessRule[];
  readonly faults: readonly LivenessFault[];
  readonly faultCount: number;
}

export type LivenessViolation = 'DOUBLE' | 'FALSE DEATH' | 'OWN KILL';

export function livenessModel({ off, faults, faultCount }: LivenessScenario): Model<LivenessState> {
  const rules = new LivenessRules(off);
  return {
    start: { ...livenessStart, faultsLeft: faultCount },
    actions: [
      ...workerActions(rules),
      ...guardActions(rules),
      ...postgresActions(rules),
      timeAction(rules),
      ...faultActions(faults),
    ],
    checks,
  };
}

const checks: readonly (Check<LivenessState> & { readonly name: LivenessViolation })[] = [
  {
    name: 'DOUBLE',
    means: 'both attempts are at work',
    broken: ({ after }) => after.run === 'second attempt' && isAtWork(after),
  },
  {
    name: 'FALSE DEATH',
    means: 'a worker is declared dead although it, its guard and its network never failed',
    broken: ({ after }) => after.declaredDead && after.blameless,
  },
  {
    name: 'OWN KILL',
    means: 'the worker kills a turn that is its own',
    broken: ({ action, before, after }) =>
      action === hearsAnswer &&
      before.turn !== after.turn &&
      before.run === 'first attempt' &&
      !before.declaredDead,
  },
];
