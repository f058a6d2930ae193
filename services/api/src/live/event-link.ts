import {
  connectNats,
  type EventsOptions,
  EventsUnavailable,
  followEvents,
  type Hint,
  keepConnected,
  onLogPiece,
  publishCancel,
  publishHint,
  publishTail,
} from '@flotilla/events';
import { createLogTails, type LogTails } from '../tail/log-tails.ts';
import type { FanOut } from './fan-out.ts';
import { toFrame } from './frame.ts';
import type { LiveEvent } from './position.ts';

type Connection = Awaited<ReturnType<typeof connectNats>>;

/** The API's link to NATS: it feeds the fan-out and those who follow logs, pokes schedulers and workers, and comes back by itself. */
export interface EventLink {
  /** What is wrong, for /readyz; null where nothing is. */
  check(): string | null;
  /** Work may be due now. Without NATS it is found at the next look, so this never fails. */
  hint(work: Hint): void;
  /** Tells the run's worker of a cancel; without NATS it hears of it with its next beat. */
  cancel(runId: string): void;
  /** A subscription of one's own. Throws while NATS is away. */
  follow(from: number, signal: AbortSignal): AsyncIterable<LiveEvent>;
  /** Those who follow logs. */
  readonly tails: Pick<LogTails, 'join' | 'isLive'>;
  stop(): Promise<void>;
}

/**
 * Opens the link. NATS may go away later, but not be away at the start: that is a mistake in the configuration.
 *
 * @throws EventsUnavailable
 */
export async function openEventLink(
  options: EventsOptions,
  fanOut: FanOut,
  onLost: (error: unknown) => void,
): Promise<EventLink> {
  const first = await connectNats(options);
  await first.close();
  const stopping = new AbortController();
  const kept = keepConnected(options, (nats) => feed(nats));
  const tails = createLogTails((runId) => poke((nats) => publishTail(nats, runId)));

  /** Publishes into the fan-out until the connection ends, from the last event that it has. */
  async function feed(nats: Connection): Promise<void> {
    try {
      onLogPiece(nats, tails.publish);
      tails.setLive(true);
      if (fanOut.last === null) fanOut.interrupt();
      const from = fanOut.last === null ? 'new' : fanOut.last.sequence;
      const onBegun = (lastSequence: number) => {
        if (from !== 'new' && lastSequence < from) fanOut.interrupt(); // EV-6: the stream was rewound
      };
      for await (const live of followEvents(nats, { from, signal: stopping.signal, onBegun })) {
        fanOut.publish(toFrame(live));
      }
      if (!stopping.signal.aborted) onLost(new Error('the connection to NATS ended'));
    } catch (error) {
      onLost(error);
    } finally {
      tails.setLive(false);
      await nats.close(); // a connection without a subscription is of no use: another is opened
    }
  }

  /** Core NATS promises nothing, and neither does a poke. */
  function poke(send: (nats: Connection) => void): void {
    const nats = kept.current();
    if (nats === null) return;
    try {
      send(nats);
    } catch (error) {
      onLost(error);
    }
  }

  return {
    tails,
    check: () => kept.problem(),
    hint: (work) => poke((nats) => publishHint(nats, work)),
    cancel: (runId) => poke((nats) => publishCancel(nats, runId)),
    follow(from, signal) {
      const nats = kept.current();
      if (nats === null) throw new EventsUnavailable('NATS is away');
      return followEvents(nats, { from, signal });
    },
    async stop() {
      stopping.abort();
      await kept.stop();
    },
  };
}
