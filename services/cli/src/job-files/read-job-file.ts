import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { formatOf, type JobText } from './job-text.ts';

/** The largest job file that is read, in bytes. */
export const maxFileBytes = 10 * 1024 * 1024;

/** What stands for stdin in place of a file's name. */
export const stdinName = '-';

/** Reads one file, or stdin for "-". */
export async function readJobFile(
  name: string,
  context: Pick<CliContext, 'folder' | 'stdin'>,
): Promise<JobText> {
  const shown = name === stdinName ? 'stdin' : name;
  const chunks = name === stdinName ? context.stdin : createReadStream(resolve(context.folder, name));
  const bytes = await readBounded(chunks, shown);
  const text = decode(bytes, shown);
  return { name: shown, format: formatOf(shown, text), text };
}

async function readBounded(chunks: AsyncIterable<Uint8Array | string>, shown: string): Promise<Buffer> {
  const read: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      const bytes = Buffer.from(chunk as Uint8Array);
      size += bytes.length;
      if (size > maxFileBytes)
        throw new CommandError('usage', `${shown}: larger than ${maxFileBytes} bytes: split it`);
      read.push(bytes);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('usage', `${shown}: cannot be read (${whyNot(error)})`, { cause: error });
  }
  return Buffer.concat(read);
}

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder: name its files';
  if (code === 'EACCES') return 'its owner does not allow it';
  return code ?? message;
}

function decode(bytes: Buffer, shown: string): string {
  try {
    // A byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError('usage', `${shown}: is not UTF-8 text`);
  }
}
