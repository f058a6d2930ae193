import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { identityOf, type ProcessIdentity } from '@flotilla/embedded';

/**
 * Whether this very process still does something: its pid may belong to a later one, and a zombie, which
 * a PID 1 that does not reap keeps for ever, is gone for everybody but the process table.
 */
export async function isRunning({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const present = await identityOf(pid);
  return present !== undefined && present.startTime === startTime && (await stateOf(pid)) !== 'Z';
}

async function stateOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({
    stdout: 'Z',
  }));
  return stdout.trim().charAt(0);
}
