import type { Check, Model } from '../model.ts';
import { publisherActions } from './publisher.ts';
import { type Event, type EventsScenario, eventsOf, startOf, unpublishedOf } from './scenario.ts';
import type { EventsState } from './state.ts';
import { surroundings } from './stream.ts';

export type EventsViolation = 'ORDER' | 'LOST' | 'FALSE ALARM';

export function eventsModel(scenario: EventsScenario): Model<EventsState> {
  const events = eventsOf(scenario);
  const off = new Set(scenario.off);
  return {
    start: startOf(scenario),
    actions: [
      ...publisherActions(0, events, off),
      ...publisherActions(1, events, off),
      ...surroundings(scenario, events, off),
    ],
    checks: [orderCheck(events), lostCheck(scenario, events), falseAlarmCheck(scenario)],
    twin: publishersSwapped,
  };
}

type EventsCheck = Check<EventsState> & { readonly name: EventsViolation };

/** Of each entity's events, the first appearances must rise: for who listens, and for who reads the stream from its start. */
function orderCheck(events: readonly Event[]): EventsCheck {
  const laterOf = events.map(({ entity, version }) =>
    events.filter((other) => other.entity === entity && other.version > version).map(({ index }) => index),
  );
  return {
    name: 'ORDER',
    means: 'an event appears after a later one of its entity',
    broken: ({ before, after }) => {
      if (before.stream === after.stream) return false;
      const isLateForListener = laterOf.some(
        (later, event) =>
          after.heard[event] === true &&
          before.heard[event] === false &&
          later.some((other) => before.heard[other] === true),
      );
      return isLateForListener || isLateInStream(after, laterOf);
    },
  };
}

function isLateInStream({ stream }: EventsState, laterOf: readonly (readonly number[])[]): boolean {
  const firstAt = laterOf.map((_, event) => stream.findIndex((message) => message.event === event));
  return laterOf.some((later, event) => {
    const own = firstAt[event] ?? -1;
    return later.some((other) => {
      const at = firstAt[other] ?? -1;
      return own >= 0 && at >= 0 && at < own;
    });
  });
}

/** Everybody is at rest, sees nothing to do, and the stream lacks an event. */
function lostCheck(scenario: EventsScenario, events: readonly Event[]): EventsCheck {
  const off = new Set(scenario.off);
  return {
    name: 'LOST',
    means: 'an event is missing in the stream and nobody is going to send it',
    broken: ({ after }) =>
      after.publishers.every(({ connection, batch }) => connection === 'verified' && batch.length === 0) &&
      scenario.versions.every((count, entity) => after.committed[entity] === count) &&
      after.holders.every((_, lane) => unpublishedOf(after, events, lane, off).length === 0) &&
      events.some(({ index }) => after.stream.every(({ event }) => event !== index)),
  };
}

/** Each lane may raise the epoch once for each time that the stream lost something. */
function falseAlarmCheck({ lanes, rewinds = 0, deletes = 0 }: EventsScenario): EventsCheck {
  return {
    name: 'FALSE ALARM',
    means: 'the epoch rose more often than the stream lost something',
    broken: ({ after }) => {
      const losses = rewinds - after.rewindsLeft + deletes - after.deletesLeft;
      return after.epoch - 1 > losses * lanes;
    },
  };
}

function publishersSwapped(state: EventsState): EventsState {
  const [first, second] = state.publishers;
  return {
    ...state,
    holders: state.holders.map((holder) => (holder === 0 ? 1 : 0)),
    publishers: [second, first],
  };
}
