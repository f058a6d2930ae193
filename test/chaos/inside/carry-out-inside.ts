import { setTimeout as sleep } from 'node:timers/promises';
import { emptyExcerpt, type Outcome, type StopReason, type TurnReport } from '@flotilla/domain';
import { note } from './note.ts';

/** What a turn inside the worker does, as its job says it in the environment variable `INSIDE`. */
export interface InsidePlan {
  readonly waitMs: number;
  /** Attempts that end with exit code 1: 1 fails the first one. */
  readonly failures: number;
}

/** The environment variable that marks a shell turn to be carried out inside the worker. */
export const insideVariable = 'INSIDE';

interface Task {
  readonly turn: { readonly env: Readonly<Record<string, string>> };
  readonly identity: { readonly runId: string; readonly attempt: number };
  readonly stop: AbortSignal;
}

type RunTurn = (task: Task) => Promise<TurnReport>;

/** Between two looks at whether the turn is to stop, and two marks that it is at work. */
const stepMs = 100;

/** Shell turns as ever, but for those that are marked. */
export function carryOutInside<Words extends readonly unknown[]>(
  open: (...words: Words) => Promise<RunTurn>,
  file: string,
): (...words: Words) => Promise<RunTurn> {
  return async (...words) => {
    const runOutside = await open(...words);
    return (task) => {
      const marked = task.turn.env[insideVariable];
      return marked === undefined ? runOutside(task) : runInside(task, JSON.parse(marked), file);
    };
  };
}

async function runInside(
  { identity: { runId, attempt }, stop }: Task,
  plan: InsidePlan,
  file: string,
): Promise<TurnReport> {
  const mark = (kind: 'start' | 'work' | 'effect' | 'end') =>
    note(file, { kind, place: 'inside', runId, attempt });
  if (stop.aborted) return report(stopped(stop.reason), null);
  const spawnedAt = Date.now();
  const endMs = performance.now() + plan.waitMs;
  mark('start');
  for (let leftMs = plan.waitMs; leftMs > 0; leftMs = endMs - performance.now()) {
    await sleep(Math.min(leftMs, stepMs), undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return report(stopped(stop.reason), spawnedAt);
    if (leftMs > stepMs) mark('work');
  }
  const fails = attempt <= plan.failures;
  if (!fails) mark('effect');
  mark('end');
  return report({ kind: 'exited', exitCode: fails ? 1 : 0 }, spawnedAt);
}

function report(outcome: Outcome, spawnedAt: number | null): TurnReport {
  return { outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt };
}

function stopped(reason: StopReason): Outcome {
  return reason === 'disowned'
    ? { kind: 'lost', message: 'the run is not this worker’s any more', isGone: true }
    : { kind: reason };
}
