/**
 * Postgres with the events of a few entities, two publishers that share the lanes, a stream, and one live subscriber.
 * An event is named by its index in the list of all events of the scenario.
 */
export interface EventsState {
  /** How many events of each entity are committed: its versions 1 to n. */
  readonly committed: readonly number[];
  /** `stream_seq` of each event; 0 stands for null. */
  readonly marks: readonly number[];
  readonly epoch: number;
  /** Which publisher holds each lane. A lease may lapse at any moment. */
  readonly holders: readonly PublisherIndex[];
  readonly publishers: readonly [Publisher, Publisher];

  /** The message with sequence n stands at n − 1. */
  readonly stream: readonly Message[];
  /** The dedupe window has passed for the messages up to this sequence. */
  readonly forgottenUpTo: number;
  /** For each event, whether the live subscriber has it. */
  readonly heard: readonly boolean[];

  readonly rewindsLeft: number;
  readonly deletesLeft: number;
  readonly cutsLeft: number;
  readonly windowsLeft: number;
}

export type PublisherIndex = 0 | 1;

export interface Publisher {
  /**
   * EV-3: `new` until it has compared the stream with the marks of its lanes; `outdated` where the server has another
   * stream since, and it has not looked.
   */
  readonly connection: 'new' | 'verified' | 'outdated';
  readonly batch: readonly Sending[];
  /** The stream epoch of its batch; 0 without one. */
  readonly batchEpoch: number;
}

export interface Sending {
  readonly event: number;
  readonly step: 'to send' | 'unacknowledged' | 'to mark';
  /** Where the stream has it; 0 until it is sent. */
  readonly sequence: number;
  /** Nobody has taken the lane since the batch was read: the lease number is still the one of the batch. */
  readonly leaseStands: boolean;
}

/** Its `Nats-Msg-Id` is event and epoch. */
export interface Message {
  readonly event: number;
  readonly epoch: number;
}

export const idle = { batch: [], batchEpoch: 0 } as const;

/** The state with one publisher changed. */
export function withPublisher(
  { publishers }: EventsState,
  index: PublisherIndex,
  change: Partial<Publisher>,
): Pick<EventsState, 'publishers'> {
  const [first, second] = publishers;
  return {
    publishers: index === 0 ? [{ ...first, ...change }, second] : [first, { ...second, ...change }],
  };
}

/** A list with one element replaced. */
export function withElement<Value>(list: readonly Value[], index: number, value: Value): readonly Value[] {
  return list.map((old, at) => (at === index ? value : old));
}
