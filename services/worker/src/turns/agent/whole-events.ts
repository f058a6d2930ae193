import { type AnswerLimits, TooLong } from './answer-limits.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;
const last = /^data: ?\[DONE\]\s*$/m;
/** The last event is short: longer ones are not searched for its word. */
const lastEventBytes = 64;

/**
 * Cuts what a gateway sends into whole events, in bounded memory: whoever decodes them never waits for the rest of one.
 * Ends behind the last event, should the gateway keep its connection.
 */
export async function* wholeEvents(
  source: AsyncIterable<Buffer>,
  { eventBytes, wireBytes }: Pick<AnswerLimits, 'eventBytes' | 'wireBytes'>,
  onLast: () => void,
): AsyncGenerator<Buffer> {
  const endsEvent = createEventEnds();
  let pieces: Buffer[] = [];
  let heldBytes = 0;
  let readBytes = 0;
  for await (const chunk of source) {
    readBytes += chunk.length;
    if (readBytes > wireBytes) throw new TooLong(`more than ${wireBytes} bytes came for one answer`);
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      if (!endsEvent(chunk[index])) continue;
      const event = Buffer.concat([...pieces, chunk.subarray(start, index + 1)]);
      [pieces, heldBytes, start] = [[], 0, index + 1];
      yield event;
      if (event.length < lastEventBytes && last.test(event.toString('latin1'))) return onLast();
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > eventBytes) throw new TooLong(`an event of the answer has more than ${eventBytes} bytes`);
  }
  if (heldBytes > 0) yield Buffer.concat(pieces);
}

/** Tells of each byte whether it ends an empty line, and so an event. Lines end with LF, CR or both. */
function createEventEnds(): (byte: number | undefined) => boolean {
  let isLineEmpty = true;
  let wasReturn = false;
  return (byte) => {
    const isSecondHalf = byte === newline && wasReturn;
    wasReturn = byte === carriageReturn;
    if (isSecondHalf) return false;
    const isEnd = byte === newline || byte === carriageReturn;
    const endsEvent = isEnd && isLineEmpty;
    isLineEmpty = isEnd;
    return endsEvent;
  };
}
