import { readdir, readFile, readlink } from 'node:fs/promises';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** One letter; Z is a zombie, which does nothing any more. */
  readonly state: string;
  readonly command: string;
}

/** The processes that still do something. */
export async function livingProcesses(): Promise<ProcessRow[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map(readRow));
  return rows.filter((row): row is ProcessRow => row !== undefined && row.state !== 'Z');
}

export async function isAlive(pid: number): Promise<boolean> {
  const row = await readRow(String(pid));
  return row !== undefined && row.state !== 'Z';
}

/** Those that work in a folder or below, or name it in their command line or environment. */
export async function processesAt(folder: string): Promise<ProcessRow[]> {
  const rows = await livingProcesses();
  const found = await Promise.all(rows.map(async ({ pid }) => (await wordsOf(pid)).includes(folder)));
  return rows.filter((_, index) => found[index]);
}

async function wordsOf(pid: number): Promise<string> {
  const words = [
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/environ`, 'utf8'),
    readlink(`/proc/${pid}/cwd`),
  ];
  const texts = await Promise.allSettled(words);
  return texts.map((one) => (one.status === 'fulfilled' ? one.value : '')).join('\0');
}

/** Undefined for a process that has ended meanwhile. */
async function readRow(pid: string): Promise<ProcessRow | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name stands in brackets and may hold some itself.
  const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    state,
    command: command.replaceAll('\0', ' ').trim(),
  };
}
