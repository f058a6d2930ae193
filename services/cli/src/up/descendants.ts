import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The pids of a process's children, their children, and so on. It must still live: orphans forget their parent. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const table = await processTable();
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const parent = next;
    const pids = table.filter((row) => row.parent === parent).map((row) => row.pid);
    found.push(...pids);
    open.push(...pids);
  }
  return found;
}

type Row = { readonly pid: number; readonly parent: number };

async function processTable(): Promise<Row[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    return stdout
      .trim()
      .split('\n')
      .map((line) => rowOf(line.trim().split(/\s+/)));
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats
    .filter((stat) => stat !== '')
    .map((stat) => rowOf([stat, stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]]));
}

function rowOf([pid = '', parent = '']: ReadonlyArray<string | undefined>): Row {
  return { pid: Number.parseInt(pid, 10), parent: Number(parent) };
}
