import type { Readable } from 'node:stream';

/** No message is longer; an address of a database is by far the longest thing in one. */
const lineLimit = 16 * 1024;

export interface LineListeners {
  readonly onLine: (line: string) => void;
  /** Called once, instead of all further lines: a line was too long, or `onLine` refused it. */
  readonly onError: (error: Error) => void;
  /** The other side is gone. */
  readonly onEnd?: () => void;
}

export function readLines(source: Readable, { onLine, onError, onEnd }: LineListeners): void {
  let rest = '';
  const read = (chunk: string): void => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    try {
      for (const line of lines) onLine(line);
      if (rest.length > lineLimit) throw new Error(`a line is longer than ${lineLimit} characters`);
    } catch (error) {
      source.off('data', read);
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  source.setEncoding('utf8');
  source.on('data', read);
  source.once('close', () => onEnd?.());
  source.on('error', () => undefined); // a broken pipe has merely ended
}
