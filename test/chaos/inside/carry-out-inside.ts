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
  readonly isFenced: boolean;
  /** GD-7: aborted 20 s after the last beat that was answered. */
  readonly fence: () => { readonly signal: AbortSignal; enter(turn: string): () => void };
  readonly guard: { readonly gone: AbortSignal };
}

type RunTurn<Given extends Task> = (task: Given) => Promise<TurnReport>;

/** Between two looks at whether the turn is to stop, and two marks that it is at work. */
const stepMs = 100;

/** Shell turns as ever, but for those that are marked. */
export function carryOutInside<Words extends readonly unknown[], Given extends Task>(
  open: (...words: Words) => Promise<RunTurn<Given>>,
  file: string,
): (...words: Words) => Promise<RunTurn<Given>> {
  return async (...words) => {
    const runOutside = await open(...words);
    return (task) => {
      const marked = task.turn.env[insideVariable];
      return marked === undefined ? runOutside(task) : runInside(task, JSON.parse(marked), file);
    };
  };
}

async function runInside(task: Task, plan: InsidePlan, file: string): Promise<TurnReport> {
  const { identity, isFenced } = task;
  const fence = task.fence();
  const leave = isFenced ? fence.enter(`${identity.runId}.${identity.attempt}`) : () => undefined;
  try {
    const { runId, attempt } = identity;
    return await wait(task, fence.signal, plan, (kind) =>
      note(file, { kind, place: 'inside', runId, attempt }),
    );
  } finally {
    leave();
  }
}

async function wait(
  task: Task,
  fenced: AbortSignal,
  plan: InsidePlan,
  mark: (kind: 'start' | 'work' | 'effect' | 'end') => void,
): Promise<TurnReport> {
  const ending = endingOf(task, fenced);
  if (ending.aborted) return report(stopped(task, fenced), null);
  const spawnedAt = Date.now();
  const endMs = performance.now() + plan.waitMs;
  mark('start');
  for (let leftMs = plan.waitMs; leftMs > 0; leftMs = endMs - performance.now()) {
    await sleep(Math.min(leftMs, stepMs), undefined, { signal: ending }).catch(() => undefined);
    if (ending.aborted) return report(stopped(task, fenced), spawnedAt);
    if (leftMs > stepMs) mark('work');
  }
  const fails = task.identity.attempt <= plan.failures;
  if (!fails) mark('effect');
  mark('end');
  return report({ kind: 'exited', exitCode: fails ? 1 : 0 }, spawnedAt);
}

/** Whatever ends the turn before its time. GD-4: its fence only where somebody else could double it. */
function endingOf({ stop, isFenced, guard }: Task, fenced: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, guard.gone, ...(isFenced ? [fenced] : [])]);
}

function stopped({ stop, guard }: Task, fenced: AbortSignal): Outcome {
  if (stop.aborted && stop.reason !== 'disowned')
    return { kind: stop.reason as Exclude<StopReason, 'disowned'> };
  if (!stop.aborted && !guard.gone.aborted && fenced.aborted) return { kind: 'fenced' };
  return { kind: 'lost', message: 'the run or its guard is gone', isGone: true };
}

function report(outcome: Outcome, spawnedAt: number | null): TurnReport {
  return { outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt };
}
