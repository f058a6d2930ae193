import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './fleet.ts';
import { readPid } from './left-process.ts';
import { livingProcesses } from './process-table.ts';
import type { ServiceProcess } from './service-process.ts';
import { waitFor } from './wait-for.ts';

/** A turn whose first attempt works until somebody ends it, and whose next one tells what it met. */
export interface TurnWitness {
  /** For `shellJob`: the leader, a child and a grandchild, none of which ends by itself. */
  readonly script: string;
  /** The process group of the first attempt, once it is at work. */
  group(): Promise<number>;
  /** How many of the first attempt's group were still at work when the second one began. */
  metBySecond(): Promise<number>;
  /** Attempts that began, in order. */
  starts(): Promise<readonly string[]>;
}

/** Members of a group in any state other than zombie, counted by the turn itself at its very start. */
const countGroup = `cat /proc/[0-9]*/stat 2>/dev/null |
  awk -v group="$lost" '{ sub(/^.*\\) /, "") } $3 == group && $1 != "Z" { met++ } END { print met + 0 }'`;

export function turnWitness(dir: string, name: string): TurnWitness {
  const [group, met, starts] = ['group', 'met', 'starts'].map((file) => join(dir, `${name}-${file}`));
  const script = `
    if [ "$FLOTILLA_ATTEMPT" -gt 1 ]; then
      lost=$(cat ${group}); ${countGroup} > ${met}.new; mv ${met}.new ${met}
    fi
    echo "$FLOTILLA_ATTEMPT" >> ${starts}
    [ "$FLOTILLA_ATTEMPT" -gt 1 ] && exit 0
    sh -c 'sleep 300 & sleep 300' &
    echo $$ > ${group}.new; mv ${group}.new ${group}
    sleep 300`;
  return {
    script,
    group: () => readPid(group ?? ''),
    metBySecond: () =>
      waitFor(`the second attempt of ${name}`, async () => {
        const text = (await readFile(met ?? '', 'utf8')).trim();
        return text !== '' && { count: Number(text) };
      }).then(({ count }) => count),
    starts: async () => (await readFile(starts ?? '', 'utf8')).trim().split('\n'),
  };
}

/** The processes of a group that still do something. */
export async function membersOf(group: number): Promise<number[]> {
  return (await livingProcesses()).filter((row) => row.group === group).map(({ pid }) => pid);
}

/** The process that has a run at work. */
export async function workerOf(fleet: Fleet, runId: string): Promise<ServiceProcess> {
  const { worker } = await fleet.api.started(runId);
  const row = (await fleet.api.workers()).find(({ id }) => id === worker);
  const found = Array.from({ length: fleet.crew.count('worker') }, (_, index) => fleet.worker(index)).find(
    ({ pid, ended }) => pid === row?.pid && ended() === undefined,
  );
  if (found === undefined) throw new Error(`nobody here is worker ${worker}`);
  return found;
}

/** The guard of a worker's process. */
export async function guardOf(workerPid: number): Promise<number> {
  const { pid } = await waitFor(`the guard of ${workerPid}`, async () =>
    (await livingProcesses()).find(
      ({ parent, command }) => parent === workerPid && /\bguard\.m?js\b/.test(command),
    ),
  );
  return pid;
}

/** When the second attempt of a run was claimed, in epoch milliseconds. */
export async function secondStart(fleet: Pick<Fleet, 'ask'>, runId: string): Promise<number> {
  const [row] = await fleet.ask<{ at: number }>(
    'SELECT started_at AS at FROM attempts WHERE run_id = $1 AND number = 2',
    runId,
  );
  return row?.at ?? Number.POSITIVE_INFINITY;
}
