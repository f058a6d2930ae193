import { StringDecoder } from 'node:string_decoder';
import { type Excerpt, emptyExcerpt, excerptLimitBytes } from '@flotilla/domain';
import { createByteBlock } from '../turn-log/byte-block.ts';

/** Keeps head and tail of one stream in bounded memory, however long the stream is. */
export interface ExcerptWriter {
  write(chunk: Buffer): void;
  /** `bytes`: what the turn wrote; `cut`: whether some of it never came here. */
  read(bytes: number, cut: boolean): Excerpt;
}

/** Room for the line between head and tail. */
const markerLimitBytes = 64;

export function createExcerpt(limitBytes: number = excerptLimitBytes): ExcerptWriter {
  const half = Math.floor((limitBytes - markerLimitBytes) / 2);
  const head = createByteBlock(limitBytes - half);
  const tail = createTail(half);
  return {
    write: (chunk) => tail.write(head.write(chunk)),
    read(bytes, cut) {
      if (bytes === 0) {
        return emptyExcerpt;
      }
      const first = head.bytes();
      const last = tail.read();
      if (tail.lostBytes() === 0) {
        const whole = Buffer.from(Buffer.concat([first, last]).toString());
        const text = whole.length <= limitBytes ? whole.toString() : joined(whole, whole, half);
        return { text, bytes, truncated: cut || whole.length > limitBytes };
      }
      const opening = Buffer.from(new StringDecoder('utf8').write(first));
      const text = joined(opening, Buffer.from(last.subarray(borderAfter(last, 0)).toString()), half);
      return { text, bytes, truncated: true };
    },
  };
}

/** The beginning of one text and the end of another, at most `half` bytes of each, and a line between them. */
function joined(opening: Buffer, ending: Buffer, half: number): string {
  const start = opening.subarray(0, borderBefore(opening, half));
  const end = ending.subarray(borderAfter(ending, Math.max(0, ending.length - half)));
  return `${start.toString()}\n[… the middle is left out …]\n${end.toString()}`;
}

/** Of well-formed UTF-8: the last border of a code point at or before `index`. */
function borderBefore(bytes: Buffer, index: number): number {
  let border = Math.min(index, bytes.length);
  while (border > 0 && isContinuation(bytes[border])) {
    border -= 1;
  }
  return border;
}

/** The first border of a code point at or after `index`; three bytes at most belong to the one before. */
function borderAfter(bytes: Buffer, index: number): number {
  let border = index;
  while (border < index + 3 && isContinuation(bytes[border])) {
    border += 1;
  }
  return border;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}

/** The last bytes of a stream: a ring. */
function createTail(limitBytes: number) {
  let ring = Buffer.alloc(0);
  let written = 0;
  return {
    write(chunk: Buffer): void {
      if (chunk.length === 0) {
        return;
      }
      if (ring.length === 0) {
        ring = Buffer.allocUnsafe(limitBytes);
      }
      const last = chunk.subarray(Math.max(0, chunk.length - limitBytes));
      const at = (written + chunk.length - last.length) % limitBytes;
      const before = last.copy(ring, at);
      last.copy(ring, 0, before);
      written += chunk.length;
    },
    lostBytes: () => Math.max(0, written - limitBytes),
    read(): Buffer {
      const at = written % limitBytes;
      return written < limitBytes
        ? ring.subarray(0, written)
        : Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
    },
  };
}
