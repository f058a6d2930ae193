import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from './error-code.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly groupId: number;
  /** 0 where the system does not tell (macOS). */
  readonly sessionId: number;
  /** GD-6: a zombie runs no more, though signals still find it. */
  readonly isZombie: boolean;
  /** When it began, in the system's own words: with its pid, its name for ever. */
  readonly start: string;
}

const run = promisify(execFile);
const hasProc = process.platform === 'linux';
const goneCodes: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH']);
/** Each costs some 10 µs, a tenth of what it costs beside the event loop; others have their turn after so many. */
const filesAtOnce = 100;

let reading: Promise<unknown> = Promise.resolve();
let next: Promise<readonly ProcessEntry[]> | null = null;

/**
 * All processes of the machine, at some moment after the call. Those who ask while a reading is under way share
 * the next one, so that a hundred turns which end at once cost a few readings and not a hundred.
 */
export function readProcessTable(): Promise<readonly ProcessEntry[]> {
  next ??= reading.then(() => {
    const table = hasProc ? readProc() : readPs();
    next = null;
    reading = table.catch(() => undefined);
    return table;
  });
  return next;
}

/** Null where there is no such process. */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  if (hasProc) {
    return parseProcStat(procStat(pid));
  }
  return (await readProcessTable()).find((entry) => entry.pid === pid) ?? null;
}

/** When a process began. Null: no such process. */
export async function processStart(pid: number): Promise<string | null> {
  if (hasProc) {
    return parseProcStat(procStat(pid))?.start ?? null;
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return asName(stdout) || null;
}

/**
 * The same, of a child before this process can hear of its end: its pid is still its own. Null where the system does not
 * tell without waiting (macOS).
 */
export function childStart(pid: number): string | null {
  try {
    return hasProc ? (parseProcStat(procStat(pid))?.start ?? null) : null;
  } catch {
    return null; // whoever compares goes by the pid alone
  }
}

async function readProc(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const entries: (ProcessEntry | null)[] = [];
  for (let at = 0; at < pids.length; at += filesAtOnce) {
    if (at > 0) await othersTurn();
    for (const pid of pids.slice(at, at + filesAtOnce)) entries.push(parseProcStat(procStat(pid)));
  }
  return entries.filter((entry) => entry !== null);
}

const statBytes = Buffer.alloc(4_096);

/** Empty where the process is no more; every other failure is thrown, since it tells nothing of the process. */
function procStat(pid: number): string {
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r');
    try {
      return statBytes.toString('latin1', 0, readSync(file, statBytes, 0, statBytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (goneCodes.has(errorCode(error))) return '';
    throw error;
  }
}

/** The fields from the third on; the second is a name that may itself hold spaces and brackets. */
function procFields(stat: string): string[] | null {
  return stat === '' ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20);
}

export function parseProcStat(stat: string): ProcessEntry | null {
  const fields = procFields(stat) ?? [];
  const [state, , groupId, sessionId] = fields;
  return state === undefined
    ? null
    : {
        pid: Number.parseInt(stat, 10),
        groupId: Number(groupId),
        sessionId: Number(sessionId),
        isZombie: 'ZXx'.includes(state),
        start: fields[19] ?? '',
      };
}

async function readPs(): Promise<ProcessEntry[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,pgid=,stat=,lstart='], { maxBuffer: 64 * 1024 ** 2 });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parsePsLine);
}

export function parsePsLine(line: string): ProcessEntry {
  const [pid, groupId, state, ...start] = line.trim().split(/\s+/);
  return {
    pid: Number(pid),
    groupId: Number(groupId),
    sessionId: 0,
    isZombie: state?.startsWith('Z') ?? true,
    start: asName(start.join(' ')),
  };
}

function asName(start: string): string {
  return start.trim().replaceAll(/\W+/g, '_');
}
