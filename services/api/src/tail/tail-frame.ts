import type { Told } from './follow-log.ts';
import { formatTailPlace } from './tail-place.ts';

/** What a reader of a log is told, in the form of the wire. */
export function toTailFrame(told: Told): string {
  if (told.kind === 'end') {
    const { state, reason } = told;
    return `event: end\ndata: ${JSON.stringify({ state, reason })}\n\n`;
  }
  const { piece, place } = told;
  const base64 = Buffer.from(piece.bytes).toString('base64');
  const output = { attempt: place.attempt, stream: piece.stream, base64 };
  return `id: ${formatTailPlace(place)}\nevent: output\ndata: ${JSON.stringify(output)}\n\n`;
}
