import type { Excerpt } from '@flotilla/domain';
import type { LogStream } from '../../turn-log/log-chunk.ts';
import type { TurnLog } from '../../turn-log/turn-log.ts';
import { createExcerpt } from '../excerpt.ts';
import { createSecretMask } from '../secret-mask.ts';

/**
 * What an agent turn leaves to read: answers on stdout as they come, what Flotilla did about them on stderr. The gateway's
 * token is masked in both.
 */
export interface Transcript {
  /** A piece of the answer. Resolves once there is room for the next one. */
  answer(text: string): Promise<void>;
  /** A line of our own. */
  note(line: string): void;
  /** The answer so far counts no more: the log keeps it, the excerpt begins anew. */
  startOver(): void;
  /** The last answer, and all notes. No more is written. */
  end(): { readonly stdout: Excerpt; readonly stderr: Excerpt };
}

export function createTranscript(log: TurnLog, secrets: readonly string[]): Transcript {
  const notes = createStreamText('stderr', log, secrets);
  let answer = createStreamText('stdout', log, secrets);
  return {
    async answer(text) {
      answer.write(text);
      await log.room();
    },
    note: (line) => notes.write(`${line}\n`),
    startOver() {
      if (answer.end().bytes > 0) log.write('stdout', Buffer.from('\n'));
      answer = createStreamText('stdout', log, secrets);
    },
    end: () => ({ stdout: answer.end(), stderr: notes.end() }),
  };
}

function createStreamText(stream: LogStream, log: TurnLog, secrets: readonly string[]) {
  const mask = createSecretMask(secrets);
  const excerpt = createExcerpt();
  let bytes = 0;
  const keep = (chunk: Buffer): void => {
    if (chunk.length === 0) return;
    excerpt.write(chunk);
    log.write(stream, chunk);
  };
  return {
    write(text: string): void {
      const chunk = Buffer.from(text);
      bytes += chunk.length;
      keep(mask.push(chunk));
    },
    end(): Excerpt {
      keep(mask.flush());
      return excerpt.read(bytes, false);
    },
  };
}
