import { type Run, runOf } from '../run.ts';
import { type EventsViolation, eventsModel } from './model.ts';
import type { EventsRule } from './rules.ts';
import type { EventsScenario } from './scenario.ts';

type Surroundings = Omit<EventsScenario, 'off'>;

const oneRun: Surroundings = { versions: [2], lanes: 1 };
const twoEntities: Surroundings = { versions: [1, 1], lanes: 1 };
const twoLanes: Surroundings = { versions: [1, 1], lanes: 2 };

/** With one rule switched off, the fewest faults that show what it is for. */
const without: readonly Run[] = [
  broken('EV-2 null', ['LOST'], twoEntities),
  broken('EV-2 one', ['ORDER'], { versions: [3], lanes: 1, cuts: 1 }),
  broken('EV-3 verified', ['LOST', 'ORDER'], { ...oneRun, rewinds: 1 }),
  broken('EV-3 content', ['LOST'], { ...twoLanes, rewinds: 1 }),
  broken('EV-3 taken', ['LOST', 'ORDER'], { ...oneRun, rewinds: 1 }),
  broken('EV-3 ended', ['LOST', 'ORDER'], { ...oneRun, rewinds: 1 }),
  broken('EV-3 made', ['LOST'], { ...oneRun, deletes: 1, deletedBy: 'idle server' }),
  broken('EV-3 dropped', ['ORDER'], { ...oneRun, rewinds: 1 }),
  broken('EV-4 lease', ['LOST', 'ORDER'], { ...oneRun, rewinds: 1 }),
];

/** Rules that the model does not need: they are second lines behind others, or for what it does not contain. */
const spared: readonly Run[] = [
  ...(['EV-2 id', 'EV-3 epoch', 'EV-4 null', 'EV-4 epoch'] as const).map((rule) =>
    events(rule, [], { off: [rule], ...oneRun, rewinds: 2, cuts: 1, windows: 1 }),
  ),
  events('all-spared', [], {
    off: ['EV-2 id', 'EV-3 epoch', 'EV-4 null', 'EV-4 epoch'],
    versions: [2, 1],
    lanes: 1,
    rewinds: 1,
  }),
  events('last-sequence-one-lane', [], { off: ['EV-3 content'], ...oneRun, rewinds: 2, cuts: 1, windows: 1 }),
];

/** EV-6: the limit that README names. */
const beyond: readonly Run[] = [
  holds('deleted-while-running', { ...oneRun, deletes: 1, deletedBy: 'running server' }, ['LOST', 'ORDER']),
];

const holding: readonly Run[] = [
  holds('no-fault', oneRun),
  holds('cut', { ...oneRun, cuts: 1, windows: 1 }),
  holds('rewind', { ...oneRun, rewinds: 1 }),
  holds('deleted-by-restart', { ...oneRun, deletes: 1, cuts: 1, windows: 1 }),
  holds('deleted-by-idle-server', {
    ...oneRun,
    cuts: 1,
    windows: 1,
    deletes: 1,
    deletedBy: 'idle server',
  }),
  holds('rewind-cut-window', { ...oneRun, rewinds: 1, cuts: 1, windows: 1 }),
  holds('two-rewinds', { ...oneRun, rewinds: 2, cuts: 1, windows: 1 }),
  holds('three-events', { versions: [3], lanes: 1, rewinds: 1, cuts: 1, windows: 1 }),
  holds('two-entities', { versions: [2, 1], lanes: 1, rewinds: 1 }),
  holds('two-lanes', { ...twoLanes, rewinds: 1 }),
  holds('two-lanes-cut', { ...twoLanes, rewinds: 1, cuts: 1 }),
  holds('two-lanes-three-events', { versions: [2, 1], lanes: 2, rewinds: 1 }),
];

export const eventsRuns: readonly Run[] = [...without, ...spared, ...beyond, ...holding];

function broken(rule: EventsRule, expects: readonly EventsViolation[], around: Surroundings): Run {
  return events(rule, expects, { off: [rule], ...around });
}

function holds(name: string, around: Surroundings, expects: readonly EventsViolation[] = []): Run {
  return events(name, expects, { off: [], ...around });
}

function events(name: string, expects: readonly EventsViolation[], scenario: EventsScenario): Run {
  return runOf(eventsModel(scenario), {
    name: `events/${name.replaceAll(' ', '-')}`,
    off: scenario.off,
    around: aroundOf(scenario),
    expects,
  });
}

function aroundOf(scenario: EventsScenario): string {
  const {
    versions,
    lanes,
    rewinds = 0,
    cuts = 0,
    windows = 0,
    deletes = 0,
    deletedBy = 'restart',
  } = scenario;
  const faults = [
    rewinds > 0 && counted(rewinds, 'rewind'),
    cuts > 0 && counted(cuts, 'cut'),
    windows > 0 && counted(windows, 'dedupe window'),
    deletes > 0 && `stream deleted by ${deletedBy}`,
  ].filter((fault) => fault !== false);
  const entities = `${versions.join(' + ')} events in ${counted(lanes, 'lane')}`;
  return [entities, ...(faults.length === 0 ? ['no fault'] : faults)].join(', ');
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
