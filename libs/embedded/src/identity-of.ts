import { readFile } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** A process, told apart from a later one with the same pid. `startTime` is only good for comparing. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Undefined if no process has this pid. A zombie still has it. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Clock ticks since boot: field 22 of stat, the 20th after the name, which may itself hold spaces and brackets. */
async function fromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function fromPs(pid: number): Promise<string | undefined> {
  const started = await runCommand('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => '');
  return started.trim() === '' ? undefined : started.trim();
}
