import type { EventsRule } from './rules.ts';
import { type EventsState, idle } from './state.ts';

export interface EventsScenario {
  /** Rules that are switched off. */
  readonly off: readonly EventsRule[];
  /** How many events each entity has: `[2, 1]` are run.1, run.2 and job.1. */
  readonly versions: readonly number[];
  /** With two lanes each entity has its own. */
  readonly lanes: 1 | 2;
  readonly rewinds?: number;
  readonly cuts?: number;
  /** How often the dedupe window passes. */
  readonly windows?: number;
  /** How often the stream is deleted and made anew; on a server that goes on running, connections stay. */
  readonly deletes?: number;
  /** `idle server`: it goes on running, and nobody has a batch in hand. */
  readonly deletedBy?: 'restart' | 'running server' | 'idle server';
}

export interface Event {
  readonly index: number;
  /** "run.2" */
  readonly name: string;
  readonly entity: number;
  readonly version: number;
  readonly lane: number;
}

const entityNames = ['run', 'job'] as const;

/** In the order of their order numbers, which are drawn by turns: run.1, job.1, run.2. */
export function eventsOf({ versions, lanes }: EventsScenario): readonly Event[] {
  return versions
    .flatMap((count, entity) => Array.from({ length: count }, (_, at) => ({ entity, version: at + 1 })))
    .sort((one, other) => one.version - other.version || one.entity - other.entity)
    .map(({ entity, version }, index) => ({
      index,
      name: `${entityNames[entity]}.${version}`,
      entity,
      version,
      lane: lanes === 1 ? 0 : entity,
    }));
}

export function startOf(scenario: EventsScenario): EventsState {
  const events = eventsOf(scenario);
  return {
    committed: scenario.versions.map(() => 0),
    marks: events.map(() => 0),
    epoch: 1,
    holders: Array.from({ length: scenario.lanes }, () => 0 as const),
    publishers: [
      { connection: 'new', ...idle },
      { connection: 'new', ...idle },
    ],
    stream: [],
    forgottenUpTo: 0,
    heard: events.map(() => false),
    rewindsLeft: scenario.rewinds ?? 0,
    deletesLeft: scenario.deletes ?? 0,
    cutsLeft: scenario.cuts ?? 0,
    windowsLeft: scenario.windows ?? 0,
  };
}

/** What a publisher finds to send in a lane, lowest version of each entity first. */
export function unpublishedOf(
  state: EventsState,
  events: readonly Event[],
  lane: number,
  off: ReadonlySet<EventsRule>,
): readonly Event[] {
  const waiting = events.filter(
    ({ entity, version, lane: own }) => own === lane && version <= (state.committed[entity] ?? 0),
  );
  if (off.has('EV-2 null')) {
    const cursor = waiting.findLastIndex(({ index }) => state.marks[index] !== 0);
    return waiting.slice(cursor + 1);
  }
  return waiting.filter(({ index }) => state.marks[index] === 0);
}
