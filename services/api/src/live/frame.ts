import type { Event } from '@flotilla/domain';
import { formatPosition, type LiveEvent, type Position } from './position.ts';

/** An event in the form of the wire, made once for all clients. */
export interface Frame extends Position {
  readonly event: Event;
  readonly text: string;
}

export function toFrame({ epoch, sequence, event }: LiveEvent): Frame {
  const id = formatPosition({ epoch, sequence });
  const text = `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  return { epoch, sequence, event, text };
}

/** EV-6: events may be missing before the next one; what was derived from events must be read anew. */
export const resetFrame =
  'event: reset\ndata: {"why":"events may be missing here: read the lists again"}\n\n';
