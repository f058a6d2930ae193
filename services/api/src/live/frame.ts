import type { Event } from '@flotilla/domain';
import { formatPosition, type LiveEvent, type Position } from './position.ts';

/** An event, and its form on the wire. */
export interface Frame extends Position {
  readonly event: Event;
  readonly text: string;
}

/** The text is made once for all clients, and only where there is one: most events have nobody who listens. */
export function toFrame({ epoch, sequence, event }: LiveEvent): Frame {
  let text: string | null = null;
  return {
    epoch,
    sequence,
    event,
    get text() {
      const id = formatPosition({ epoch, sequence });
      text ??= `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
      return text;
    },
  };
}

/** EV-6: events may be missing before the next one; what was derived from events must be read anew. */
export const resetFrame =
  'event: reset\ndata: {"why":"events may be missing here: read the lists again"}\n\n';
