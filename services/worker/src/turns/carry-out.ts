import type { Outcome, ShellTurn, StopReason } from '@flotilla/domain';
import { sleep } from '@flotilla/runtime';
import type { LaunchedTurn } from './launch.ts';
import type { TurnOutput } from './output.ts';
import type { LeaderEnd } from './process-group.ts';
import type { TurnTask } from './turn.ts';

/** Why a turn is ended before it ends by itself. */
export type Interruption = StopReason | 'timed_out' | 'output_limit' | 'unguarded';

/** CN-3: so long may pipes stay open behind a leader that has exited. */
const openPipesGraceMs = 2_000;

/** Somebody else may have the run, or nobody guards the turn: no grace. */
const atOnce: ReadonlySet<Interruption> = new Set(['disowned', 'fenced', 'unguarded']);

/** Once the group is gone: so long for what its pipes still hold, before we close our ends. */
const lastBytesGraceMs = 1_000;

/** Waits for a started turn, ends what must be ended, and returns only when its group is gone (GD-6). */
export async function carryOut(
  task: TurnTask<ShellTurn>,
  turn: LaunchedTurn,
  output: TurnOutput,
): Promise<Outcome> {
  const pipesClosed = Promise.all([output.read('stdout', turn.stdout), output.read('stderr', turn.stderr)]);
  const over = new AbortController();
  const interrupted = interruption(task, output, over.signal);
  const fence = () => task.guard.fence(turn.group.id); // GD-4: an edit gave its job a gate
  task.gated.addEventListener('abort', fence, { signal: over.signal });
  if (task.gated.aborted) fence();
  try {
    const early = await Promise.race([turn.group.leaderEnd.then(() => null), interrupted]);
    if (early === 'cancelled') task.guard.fence(turn.group.id); // GD-4: should the worker freeze before it has ended it
    if (early !== null && !(await turn.group.hasLeaderEnded())) {
      await turn.group.end(atOnce.has(early) ? 0 : task.turn.killAfterMs);
      await closePipes(turn, pipesClosed);
      return interruptionOutcome(early);
    }
    const end = await turn.group.leaderEnd;
    const closed = await Promise.race([
      pipesClosed.then(() => true),
      sleep(openPipesGraceMs, over.signal).then(() => false),
      interrupted.then(() => false),
    ]);
    await (closed ? turn.group.clear() : turn.group.end(0)); // CN-3: nothing of a turn outlives its leader
    await closePipes(turn, pipesClosed);
    return output.isLimitExceeded() ? { kind: 'output_limit' } : endOutcome(end);
  } finally {
    over.abort();
  }
}

/** Reads what is left; a process that left the session may hold the pipes for ever, so our ends close then. */
async function closePipes(turn: LaunchedTurn, pipesClosed: Promise<unknown>): Promise<void> {
  const closed = new AbortController();
  await Promise.race([pipesClosed, sleep(lastBytesGraceMs, closed.signal)]);
  closed.abort();
  turn.stdout.destroy();
  turn.stderr.destroy();
  await pipesClosed;
}

/** Resolves with the first reason to end the turn; never, where it ends by itself. */
function interruption(task: TurnTask, output: TurnOutput, over: AbortSignal): Promise<Interruption> {
  return new Promise((resolve) => {
    const stop = () => resolve(task.stop.reason as StopReason);
    const unguarded = () => resolve('unguarded');
    const timer = setTimeout(() => resolve('timed_out'), task.turn.timeoutMs);
    over.addEventListener('abort', () => {
      clearTimeout(timer);
      task.stop.removeEventListener('abort', stop);
      task.guard.gone.removeEventListener('abort', unguarded);
    });
    task.stop.addEventListener('abort', stop);
    task.guard.gone.addEventListener('abort', unguarded);
    if (task.stop.aborted) stop();
    if (task.guard.gone.aborted) unguarded();
    void output.limitExceeded.then(() => resolve('output_limit'));
  });
}

export function interruptionOutcome(reason: Interruption): Outcome {
  if (reason === 'disowned')
    return lost('the run was given to another worker, or this worker was declared dead');
  if (reason === 'unguarded') return lost('the guard of the worker ended, and the turn with it');
  return { kind: reason };
}

function lost(message: string): Outcome {
  return { kind: 'lost', message, isGone: true };
}

function endOutcome({ exitCode, signal }: LeaderEnd): Outcome {
  return exitCode === null
    ? { kind: 'signalled', signal: signal ?? 'unknown' }
    : { kind: 'exited', exitCode };
}
