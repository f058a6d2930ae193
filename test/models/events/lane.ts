import type { EventsRule } from './rules.ts';
import { type Event, unpublishedOf } from './scenario.ts';
import { type EventsState, type PublisherIndex, type Sending, withElement, withPublisher } from './state.ts';

/** EV-2: of each entity the lowest unpublished version. */
export function batchOf(
  state: EventsState,
  index: PublisherIndex,
  events: readonly Event[],
  off: ReadonlySet<EventsRule>,
): readonly Sending[] {
  const perEntity = off.has('EV-2 one') ? 2 : 1;
  return state.holders.flatMap((holder, lane) => {
    if (holder !== index) return [];
    const unpublished = unpublishedOf(state, events, lane, off);
    return unpublished
      .filter(
        ({ entity }, at) =>
          unpublished.slice(0, at).filter((earlier) => earlier.entity === entity).length < perEntity,
      )
      .map(({ index: event }) => ({ event, step: 'to send', sequence: 0, leaseStands: true }));
  });
}

/** The lease number rises: what the loser has in hand was read under another. EV-3: the winner verifies first. */
export function takeLane(
  state: EventsState,
  index: PublisherIndex,
  lane: number,
  events: readonly Event[],
  off: ReadonlySet<EventsRule>,
): Partial<EventsState> {
  const loser: PublisherIndex = index === 0 ? 1 : 0;
  const batch = state.publishers[loser].batch.map((sending) =>
    events[sending.event]?.lane === lane ? { ...sending, leaseStands: false } : sending,
  );
  const lost = withPublisher(state, loser, { batch });
  const taken = off.has('EV-3 taken')
    ? lost
    : withPublisher({ ...state, ...lost }, index, { connection: 'new' });
  return { ...taken, holders: withElement(state.holders, lane, index) };
}
