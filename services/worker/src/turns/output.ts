import type { Readable } from 'node:stream';
import type { Excerpt } from '@flotilla/domain';
import type { LogStream } from '../turn-log/log-chunk.ts';
import type { TurnLog } from '../turn-log/turn-log.ts';
import { createExcerpt } from './excerpt.ts';
import { createSecretMask } from './secret-mask.ts';

/** What a turn writes, on its way into log and excerpts: counted, cut at the limit, secrets masked. */
export interface TurnOutput {
  /** Resolves when both streams together went beyond the limit. */
  readonly limitExceeded: Promise<void>;
  isLimitExceeded(): boolean;
  /** Reads one stream to its end, or until it is destroyed. What lies beyond the limit is read and dropped. */
  read(stream: LogStream, source: Readable): Promise<void>;
  excerpt(stream: LogStream): Excerpt;
}

export interface TurnOutputOptions {
  /** Bytes of both streams together. */
  readonly limitBytes: number;
  readonly secrets: readonly string[];
  readonly log: TurnLog;
}

export function createTurnOutput({ limitBytes, secrets, log }: TurnOutputOptions): TurnOutput {
  const excerpts = { stdout: createExcerpt(), stderr: createExcerpt() };
  const writtenBytes = { stdout: 0, stderr: 0 };
  const cut = { stdout: false, stderr: false };
  let leftBytes = limitBytes;
  let exceed: () => void;
  const limitExceeded = new Promise<void>((resolve) => {
    exceed = resolve;
  });

  const keep = async (stream: LogStream, chunk: Buffer): Promise<void> => {
    if (chunk.length > 0) {
      excerpts[stream].write(chunk);
      log.write(stream, chunk);
      await log.room();
    }
  };

  const withinLimit = (stream: LogStream, chunk: Buffer): Buffer => {
    const kept = chunk.subarray(0, leftBytes);
    writtenBytes[stream] += chunk.length;
    leftBytes -= kept.length;
    if (kept.length < chunk.length) {
      cut[stream] = true;
      exceed();
    }
    return kept;
  };

  return {
    limitExceeded,
    isLimitExceeded: () => cut.stdout || cut.stderr,
    async read(stream, source) {
      const mask = createSecretMask(secrets);
      for await (const chunk of untilClosed(source)) {
        await keep(stream, mask.push(withinLimit(stream, chunk)));
      }
      // Beyond the limit nobody sees how it would have gone on: what is held back may be most of a secret.
      if (!cut[stream]) await keep(stream, mask.flush());
    },
    excerpt: (stream) => excerpts[stream].read(writtenBytes[stream], cut[stream]),
  };
}

/** The chunks of a stream; one that is destroyed or fails has merely ended. */
async function* untilClosed(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch {
    // Our own destroy, or an unreadable pipe: what was read stays, and the turn's end is told by its processes.
  }
}
