import { type Run, runOf } from '../run.ts';
import type { LivenessFault } from './faults.ts';
import { type LivenessScenario, type LivenessViolation, livenessModel } from './model.ts';
import type { LivenessRule } from './rules.ts';

const killsStopsAndCuts: readonly LivenessFault[] = [
  'kill worker',
  'kill guard',
  'kill both',
  'stop worker',
  'cut network',
];
const everyFault: readonly LivenessFault[] = [
  ...killsStopsAndCuts,
  'Postgres down',
  'commits hang',
  'freeze judge',
];

/** With one rule switched off, the fewest faults that show what it is for. */
const without: readonly Run[] = [
  broken('LV-2', [], ['OWN KILL']),
  broken('LV-3 committed', ['commits hang'], ['FALSE DEATH']),
  broken('LV-3 unbroken', ['Postgres down'], ['FALSE DEATH']),
  broken('LV-4', ['stop worker'], ['DOUBLE']),
  broken('LV-6', ['stop worker'], ['DOUBLE']),
  broken('GD-1', ['kill worker'], ['DOUBLE']),
  broken('GD-2', ['kill both'], ['DOUBLE']),
  broken('GD-3', ['stop worker'], ['DOUBLE']),
  broken('GD-4 kill', ['cut network'], ['DOUBLE']),
  broken('GD-5', ['kill worker'], ['DOUBLE']),
  broken('GD-8', ['cut network'], ['DOUBLE']),
];

/** Rules that the model does not need: they are second lines behind others, or for what it does not contain. */
const spared: readonly Run[] = [spare('GD-4 start', everyFault, 2)];

/** What happens where two rules are away together, or where a limit of the README is reached. */
const beyond: readonly Run[] = [
  liveness('commits-hang-dead-may-start', ['FALSE DEATH', 'DOUBLE'], {
    off: ['LV-3 committed', 'LV-6'],
    faults: ['commits hang'],
    faultCount: 1,
  }),
  liveness('frozen-guard-dead-worker', ['DOUBLE'], {
    off: [],
    faults: ['stop guard', 'kill worker'],
    faultCount: 2,
  }),
  liveness('frozen-guard-cut-worker', ['DOUBLE'], {
    off: [],
    faults: ['stop guard', 'cut network'],
    faultCount: 2,
  }),
];

const holding: readonly Run[] = [
  holds('no-fault', [], 0),
  holds('both-killed', ['kill both'], 1),
  holds('commits-hang', ['commits hang'], 1),
  holds('frozen-guard', ['stop guard'], 1),
  holds('one-fault', everyFault, 1),
  holds('two-faults', everyFault, 2),
  holds('three-faults', everyFault, 3),
  holds('four-kills-stops-cuts', killsStopsAndCuts, 4),
];

export const livenessRuns: readonly Run[] = [...without, ...spared, ...beyond, ...holding];

function broken(rule: LivenessRule, faults: readonly LivenessFault[], expects: LivenessViolation[]): Run {
  return liveness(rule, expects, { off: [rule], faults, faultCount: faults.length });
}

function spare(rule: LivenessRule, faults: readonly LivenessFault[], faultCount: number): Run {
  return liveness(rule, [], { off: [rule], faults, faultCount });
}

function holds(name: string, faults: readonly LivenessFault[], faultCount: number): Run {
  return liveness(name, [], { off: [], faults, faultCount });
}

function liveness(name: string, expects: readonly LivenessViolation[], scenario: LivenessScenario): Run {
  return runOf(livenessModel(scenario), {
    name: `liveness/${name.replaceAll(' ', '-')}`,
    off: scenario.off,
    around: aroundOf(scenario),
    expects,
  });
}

function aroundOf({ faults, faultCount }: LivenessScenario): string {
  if (faultCount === 0) return 'no fault';
  const kinds =
    faults === everyFault
      ? 'every kind but a frozen guard'
      : faults === killsStopsAndCuts
        ? 'kills, stops, cuts'
        : faults.join(', ');
  return faultCount === 1 ? `one fault: ${kinds}` : `${faultCount} faults: ${kinds}`;
}
