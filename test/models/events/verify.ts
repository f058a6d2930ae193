import type { EventsRule } from './rules.ts';
import type { Event } from './scenario.ts';
import type { EventsState, PublisherIndex } from './state.ts';

/** EV-3: compares the marks of the lanes that a publisher holds with the stream, and clears those that it lost. */
export function verifyLanes(
  state: EventsState,
  index: PublisherIndex,
  events: readonly Event[],
  off: ReadonlySet<EventsRule>,
): Partial<EventsState> {
  const marks = off.has('EV-3 content') ? byLastSequence(state) : byContent(state, index, events);
  const nothingLost = marks.every((mark, event) => mark === state.marks[event]);
  return nothingLost ? {} : { marks, epoch: off.has('EV-3 epoch') ? state.epoch : state.epoch + 1 };
}

/** In each lane nothing above the last mark whose message is the event's own. */
function byContent(state: EventsState, index: PublisherIndex, events: readonly Event[]): readonly number[] {
  const lastIntact = state.holders.map((_, lane) =>
    Math.max(
      0,
      ...state.marks.filter((mark, event) => events[event]?.lane === lane && isIntact(state, mark, event)),
    ),
  );
  return state.marks.map((mark, event) => {
    const lane = events[event]?.lane ?? 0;
    return state.holders[lane] === index && mark > (lastIntact[lane] ?? 0) ? 0 : mark;
  });
}

function isIntact({ stream }: EventsState, mark: number, event: number): boolean {
  return stream[mark - 1]?.event === event;
}

/** The tempting test: a stream that is shorter than the highest mark was rewound; one that has grown again was not. */
function byLastSequence({ marks, stream }: EventsState): readonly number[] {
  return marks.map((mark) => (mark > stream.length ? 0 : mark));
}
