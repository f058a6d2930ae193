import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import type { Mark } from '../inside/note.ts';

/** What workers have written down. */
export async function readWorkerMarks(file: string): Promise<Mark[]> {
  return (await linesOf(file)).map((line) => JSON.parse(line) as Mark);
}

/** What the sink has: its lines tell the machine's uptime in seconds. */
export async function readSinkMarks(file: string): Promise<Mark[]> {
  const bootedAt = Date.now() - uptime() * 1_000;
  return (await linesOf(file)).map((line) => sinkMark(line, bootedAt));
}

export function sinkMark(line: string, bootedAt: number): Mark {
  const [kind, runId = '', attempt, pid, up] = line.split(' ');
  if (kind !== 'start' && kind !== 'work' && kind !== 'effect' && kind !== 'end') {
    throw new Error(`no line of the sink: "${line}"`);
  }
  const at = bootedAt + Number(up) * 1_000;
  return { kind, place: 'sink', at, runId, attempt: Number(attempt), pid: Number(pid) };
}

/** A file that nobody wrote to has no lines. */
async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
