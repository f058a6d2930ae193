import type { Action } from '../model.ts';
import type { EventsRule } from './rules.ts';
import type { Event, EventsScenario } from './scenario.ts';
import { type EventsState, idle, type Message, type Publisher, withElement } from './state.ts';

/** JetStream takes a message, or answers with the sequence under which it knows its id. The subscriber hears it. */
export function storeMessage(
  { stream, forgottenUpTo, heard }: EventsState,
  { event, epoch }: Message,
  off: ReadonlySet<EventsRule>,
): Pick<EventsState, 'stream' | 'heard'> & { readonly sequence: number } {
  const known = stream.findIndex(
    (message, at) =>
      at >= forgottenUpTo && message.event === event && (message.epoch === epoch || off.has('EV-2 id')),
  );
  if (known >= 0) return { stream, heard, sequence: known + 1 };
  return {
    stream: [...stream, { event, epoch }],
    heard: withElement(heard, event, true),
    sequence: stream.length + 1,
  };
}

/** Commits in any order among entities, and what goes wrong around the stream. */
export function surroundings(
  scenario: EventsScenario,
  events: readonly Event[],
  off: ReadonlySet<EventsRule>,
): Action<EventsState>[] {
  const { rewinds = 0, windows = 0, deletedBy = 'restart' } = scenario;
  const longestStream = events.length * (rewinds + 1) * (windows + 1);

  return [
    ...events.map(({ name, entity, version }) => ({
      name: `${name} is committed`,
      enabled: ({ committed }: EventsState) => committed[entity] === version - 1,
      next: ({ committed }: EventsState) => ({ committed: withElement(committed, entity, version) }),
    })),
    ...([0, 1] as const).map((index) => ({
      name: `FAULT: publisher ${index === 0 ? 'A' : 'B'} loses its connection, acknowledgements with it`,
      enabled: ({ cutsLeft, publishers }: EventsState) =>
        cutsLeft > 0 && publishers[index].batch.some(({ step }) => step === 'unacknowledged'),
      next: (state: EventsState) => {
        const [first, second] = state.publishers;
        const publishers: EventsState['publishers'] =
          index === 0 ? [afterCut(first, off), second] : [first, afterCut(second, off)];
        return { cutsLeft: state.cutsLeft - 1, publishers };
      },
    })),
    ...Array.from({ length: longestStream }, (_, length) => ({
      name: `FAULT: NATS comes back with the first ${length} messages of the stream`,
      enabled: ({ rewindsLeft, stream }: EventsState) => rewindsLeft > 0 && length < stream.length,
      next: (state: EventsState) => ({
        rewindsLeft: state.rewindsLeft - 1,
        stream: state.stream.slice(0, length),
        forgottenUpTo: Math.min(state.forgottenUpTo, length),
        ...afterRestart(state, off),
      }),
    })),
    {
      name: `FAULT: the stream is deleted (${deletedBy}) and made anew`,
      enabled: ({ deletesLeft, stream, publishers }) =>
        deletesLeft > 0 &&
        stream.length > 0 &&
        (deletedBy !== 'idle server' || publishers.every(({ batch }) => batch.length === 0)),
      next: (state) => ({
        deletesLeft: state.deletesLeft - 1,
        stream: [],
        forgottenUpTo: 0,
        ...(deletedBy === 'restart' ? afterRestart(state, off) : { publishers: outdated(state) }),
      }),
    },
    {
      name: 'FAULT: the dedupe window passes',
      enabled: ({ windowsLeft, stream, forgottenUpTo }) => windowsLeft > 0 && forgottenUpTo < stream.length,
      next: ({ windowsLeft, stream }) => ({ windowsLeft: windowsLeft - 1, forgottenUpTo: stream.length }),
    },
  ];
}

/** A server that restarts cuts everybody. */
function afterRestart(
  { publishers: [first, second] }: EventsState,
  off: ReadonlySet<EventsRule>,
): Pick<EventsState, 'publishers'> {
  return { publishers: [afterCut(first, off), afterCut(second, off)] };
}

/** Nobody is told. */
function outdated({ publishers: [first, second] }: EventsState): EventsState['publishers'] {
  const unaware = (publisher: Publisher): Publisher =>
    publisher.connection === 'verified' ? { ...publisher, connection: 'outdated' } : publisher;
  return [unaware(first), unaware(second)];
}

/** EV-3: the batch and what was unacknowledged are dropped; marks on their way to Postgres can't be called back. */
function afterCut({ batch: before, batchEpoch }: Publisher, off: ReadonlySet<EventsRule>): Publisher {
  const batch = off.has('EV-3 dropped')
    ? before.map((sending) =>
        sending.step === 'unacknowledged' ? { ...sending, step: 'to send' as const, sequence: 0 } : sending,
      )
    : before.filter(({ step }) => step === 'to mark');
  return {
    connection: off.has('EV-3 verified') ? 'verified' : 'new',
    ...(batch.length === 0 ? idle : { batch, batchEpoch }),
  };
}
