import type { ServerResponse } from 'node:http';
import { type EventFilter, isWanted } from './event-filter.ts';
import type { Listener } from './fan-out.ts';
import { resetFrame } from './frame.ts';
import { formatPosition, type Position } from './position.ts';
import { idLine, openSseStream, type SseStream } from './sse-stream.ts';

/** One connected client of the events. */
export interface EventClient extends Listener, Pick<SseStream, 'signal' | 'drained' | 'end'> {
  /** It has all events up to here: what comes back with this id misses none. */
  beginBehind(position: Position): void;
}

/**
 * Sends the events that the client wants. Of the others it hears how far they reach, with each heartbeat, so that it
 * comes back from there and not from the last one that it wanted.
 */
export function openEventClient(response: ServerResponse, filter: EventFilter): EventClient {
  let passed: Position | null = null;
  const stream = openSseStream(response, () => (passed === null ? null : formatPosition(passed)));
  return {
    signal: stream.signal,
    drained: stream.drained,
    end: stream.end,
    beginBehind: (position) => stream.write(`${idLine(formatPosition(position))}\n`),
    send(frame) {
      const wanted = isWanted(filter, frame.event);
      passed = wanted ? null : frame;
      if (wanted) stream.write(frame.text);
    },
    reset() {
      passed = null;
      stream.write(resetFrame);
    },
  };
}
