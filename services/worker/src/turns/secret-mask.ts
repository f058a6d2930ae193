/** Replaces secrets in a stream of bytes, also where two writes split one. */
export interface SecretMask {
  /** What can be passed on now; the start of a possible secret is held back. */
  push(chunk: Buffer): Buffer;
  /** What was held back; the stream has ended. */
  flush(): Buffer;
}

/** What stands in the output for each occurrence, or for several that overlap. */
export const maskText = '***';

const mask = Buffer.from(maskText);
const nothing = Buffer.alloc(0);

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Every byte of every occurrence is hidden, where secrets overlap too. What comes out does not depend on how the
 * stream was cut. At most the longest secret less one byte is held back, and only while it may become one.
 */
export function createSecretMask(secrets: readonly string[]): SecretMask {
  const needles = secrets.map((secret) => Buffer.from(secret)).filter((needle) => needle.length > 0);
  if (needles.length === 0) {
    return { push: (chunk) => chunk, flush: () => nothing };
  }
  let held = nothing;
  /** So many of the first held bytes belong to an occurrence whose mask was passed on already. */
  let hidden = 0;

  const pass = (bytes: Buffer, keep: number): Buffer => {
    const safe = bytes.length - keep;
    const parts: Buffer[] = [];
    let position = hidden;
    for (const { start, end } of occurrences(bytes, needles, safe)) {
      if (start < position) {
        position = Math.max(position, end);
        continue;
      }
      parts.push(bytes.subarray(position, start), mask);
      position = end;
    }
    if (position < safe) {
      parts.push(bytes.subarray(position, safe));
    }
    held = Buffer.from(bytes.subarray(safe));
    hidden = Math.max(0, position - safe);
    return Buffer.concat(parts);
  };

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      return pass(bytes, unfinishedLength(bytes, needles));
    },
    flush: () => pass(held, 0),
  };
}

/** Occurrences that begin before `limit`, in order; one inside another included. */
function occurrences(bytes: Buffer, needles: readonly Buffer[], limit: number): Span[] {
  const spans = needles.flatMap((needle) => {
    const found: Span[] = [];
    for (let start = bytes.indexOf(needle); start !== -1 && start < limit; ) {
      found.push({ start, end: start + needle.length });
      start = bytes.indexOf(needle, start + 1);
    }
    return found;
  });
  return spans.sort((a, b) => a.start - b.start);
}

/** Length of the longest end of `bytes` that is the beginning of a secret, and not yet all of it. */
function unfinishedLength(bytes: Buffer, needles: readonly Buffer[]): number {
  return Math.max(...needles.map((needle) => unfinishedLengthOf(bytes, needle)));
}

function unfinishedLengthOf(bytes: Buffer, needle: Buffer): number {
  const first = needle.subarray(0, 1);
  const from = Math.max(0, bytes.length - needle.length + 1);
  for (let start = bytes.indexOf(first, from); start !== -1; start = bytes.indexOf(first, start + 1)) {
    const length = bytes.length - start;
    if (needle.compare(bytes, start, bytes.length, 0, length) === 0) {
      return length;
    }
  }
  return 0;
}
