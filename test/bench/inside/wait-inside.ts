import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyExcerpt, type TurnReport } from '@flotilla/domain';

/** The environment variable that marks a turn to wait inside the worker, for so many milliseconds. */
export const waitVariable = 'BENCH_WAIT_MS';
/** The file in a worker's folder in which its waiting turns write down their runs. */
export const marksFile = 'marks';

interface Task {
  readonly turn: { readonly env: Readonly<Record<string, string>> };
  readonly identity: { readonly runId: string };
}

type RunTurn<Given extends Task> = (task: Given) => Promise<TurnReport>;

/** Turns as ever, but for those that are marked: they wait, and each leaves a line with its run. */
export function waitInside<Words extends readonly unknown[], Given extends Task>(
  open: (...words: Words) => Promise<RunTurn<Given>>,
): (...words: Words) => Promise<RunTurn<Given>> {
  return async (...words) => {
    const runOutside = await open(...words);
    const mark = openMarks(join(process.cwd(), marksFile));
    return async (task) => {
      const waitMs = task.turn.env[waitVariable];
      if (waitMs === undefined) return runOutside(task);
      mark(task.identity.runId);
      const spawnedAt = Date.now();
      if (waitMs !== '0') await sleep(Number(waitMs));
      return {
        outcome: { kind: 'exited', exitCode: 0 },
        stdout: emptyExcerpt,
        stderr: emptyExcerpt,
        spawnedAt,
      };
    };
  };
}

const writeEveryMs = 200;

/** Lines are written together: a bench that writes with each turn would measure its own writing. */
function openMarks(file: string): (line: string) => void {
  let lines: string[] = [];
  const write = () => {
    if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
    lines = [];
  };
  setInterval(write, writeEveryMs).unref();
  process.on('exit', write);
  return (line) => lines.push(line);
}
