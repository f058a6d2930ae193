import { readdir, readFile } from 'node:fs/promises';

/** `getconf CLK_TCK` of every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended and were waited for. */
  readonly endedTicks: number;
}

/** CPU seconds that processes and all that descends from them have used so far, in the order of their ids. */
export async function cpuSeconds(pids: readonly number[]): Promise<number[]> {
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const rows = (await Promise.all(names.map(readRow))).filter((row) => row !== undefined);
  return pids.map((pid) => {
    const root = rows.find((row) => row.pid === pid);
    return ((root?.endedTicks ?? 0) + ticksBelow(rows, pid)) / ticksPerSecond;
  });
}

function ticksBelow(rows: readonly Row[], pid: number): number {
  const own = rows.find((row) => row.pid === pid)?.ticks ?? 0;
  const children = rows.filter((row) => row.parent === pid);
  return children.reduce((sum, child) => sum + ticksBelow(rows, child.pid), own);
}

async function readRow(name: string): Promise<Row | undefined> {
  const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name stands in brackets and may hold some itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (index: number) => Number(fields[index]);
  return {
    pid: Number(name),
    parent: field(1),
    ticks: field(11) + field(12),
    endedTicks: field(13) + field(14),
  };
}
