import type { Action } from '../model.ts';
import { batchOf, takeLane } from './lane.ts';
import type { EventsRule } from './rules.ts';
import type { Event } from './scenario.ts';
import {
  type EventsState,
  idle,
  type Publisher,
  type PublisherIndex,
  type Sending,
  withElement,
  withPublisher,
} from './state.ts';
import { storeMessage } from './stream.ts';
import { verifyLanes } from './verify.ts';

/** What one publisher does: take lanes, verify, read a batch, and for each event send, hear, mark. */
export function publisherActions(
  index: PublisherIndex,
  events: readonly Event[],
  off: ReadonlySet<EventsRule>,
): Action<EventsState>[] {
  const who = `publisher ${index === 0 ? 'A' : 'B'}`;
  const own = (state: EventsState): Publisher => state.publishers[index];
  const lanes = [...new Set(events.map(({ lane }) => lane))];

  const takings = lanes.map((lane) => ({
    name: `${who} takes lane ${lane + 1}, whose lease has lapsed`,
    enabled: (state: EventsState) => state.holders[lane] !== index,
    next: (state: EventsState) => takeLane(state, index, lane, events, off),
  }));

  return [
    ...takings,
    {
      name: `${who} verifies its lanes against the stream`,
      enabled: (state) => own(state).connection === 'new',
      next: (state) => ({
        ...verifyLanes(state, index, events, off),
        ...withPublisher(state, index, { connection: 'verified', batch: fenced(own(state).batch, off) }),
      }),
    },
    {
      name: `${who} sees that the stream was made anew`,
      enabled: (state) => own(state).connection === 'outdated' && own(state).batch.length === 0,
      next: (state) => withPublisher(state, index, { connection: off.has('EV-3 made') ? 'verified' : 'new' }),
    },
    {
      name: `${who} reads a batch`,
      enabled: (state) =>
        own(state).connection === 'verified' &&
        own(state).batch.length === 0 &&
        batchOf(state, index, events, off).length > 0,
      next: (state) =>
        withPublisher(state, index, {
          batch: batchOf(state, index, events, off),
          batchEpoch: state.epoch,
        }),
    },
    ...events.flatMap((event) => sendingActions(who, index, event, off)),
  ];
}

function sendingActions(
  who: string,
  index: PublisherIndex,
  { index: event, name }: Event,
  off: ReadonlySet<EventsRule>,
): Action<EventsState>[] {
  const sendingOf = (state: EventsState, step: Sending['step']): Sending | undefined =>
    state.publishers[index].batch.find((sending) => sending.event === event && sending.step === step);
  const advance = (state: EventsState, change: Partial<Sending>) => {
    const { batch } = state.publishers[index];
    return withPublisher(state, index, {
      batch: batch.map((sending) => (sending.event === event ? { ...sending, ...change } : sending)),
    });
  };

  return [
    {
      name: `${who} sends ${name}`,
      enabled: (state) =>
        state.publishers[index].connection !== 'new' && sendingOf(state, 'to send') !== undefined,
      next: (state) => {
        const message = { event, epoch: state.publishers[index].batchEpoch };
        const { sequence, ...stored } = storeMessage(state, message, off);
        return { ...stored, ...advance(state, { step: 'unacknowledged', sequence }) };
      },
    },
    {
      name: `${who} hears that ${name} is stored`,
      enabled: (state) => sendingOf(state, 'unacknowledged') !== undefined,
      next: (state) => advance(state, { step: 'to mark' }),
    },
    {
      name: `${who} marks ${name}`,
      enabled: (state) => sendingOf(state, 'to mark') !== undefined,
      next: (state) => {
        const { batch, batchEpoch } = state.publishers[index];
        const sending = sendingOf(state, 'to mark');
        const rest = batch.filter((other) => other.event !== event);
        return {
          ...(sending !== undefined && mayMark(state, sending, batchEpoch, off)
            ? { marks: withElement(state.marks, event, sending.sequence) }
            : {}),
          ...withPublisher(state, index, rest.length === 0 ? idle : { batch: rest }),
        };
      },
    },
  ];
}

/** EV-3: the lease number rises, so that marks which outlived the connection are no longer of the lane's holder. */
function fenced(batch: readonly Sending[], off: ReadonlySet<EventsRule>): readonly Sending[] {
  return off.has('EV-3 ended') ? batch : batch.map((sending) => ({ ...sending, leaseStands: false }));
}

/** EV-4: the condition in the WHERE of the mark. */
function mayMark(
  state: EventsState,
  { event, leaseStands }: Sending,
  batchEpoch: number,
  off: ReadonlySet<EventsRule>,
): boolean {
  return (
    (leaseStands || off.has('EV-4 lease')) &&
    (state.marks[event] === 0 || off.has('EV-4 null')) &&
    (batchEpoch === state.epoch || off.has('EV-4 epoch'))
  );
}
