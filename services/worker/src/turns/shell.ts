import { join } from 'node:path';
import type { Outcome, ShellTurn, StopReason, TurnReport } from '@flotilla/domain';
import type { Environment } from '@flotilla/runtime';
import type { Guard } from '../guard/guard.ts';
import { createAttemptFolder } from './attempt-folder.ts';
import { begin } from './begin.ts';
import { carryOut, interruptionOutcome } from './carry-out.ts';
import { inheritedEnvironment } from './environment.ts';
import { errorCode } from './error-code.ts';
import { launchTurn } from './launch.ts';
import { Misconfigured } from './misconfigured.ts';
import { neverStarted } from './never-started.ts';
import { createTurnOutput } from './output.ts';
import { createPipes } from './pipes.ts';
import { prepareShellTurn } from './prepare.ts';
import type { SecretSource } from './secret-source.ts';
import type { TurnRunner, TurnTask } from './turn.ts';

export interface ShellTurnsOptions {
  /** A folder of this process alone (`openWorkDir`). */
  readonly workDir: string;
  readonly secrets: SecretSource;
  /** The worker's own environment, of which turns see an allow-list. */
  readonly environment: Environment;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Carries out shell turns: a program or a script in a process group of its own. */
export function createShellTurns({
  workDir,
  secrets,
  environment,
  now = Date.now,
}: ShellTurnsOptions): TurnRunner<ShellTurn> {
  const takePipe = createPipes(join(workDir, 'pipes'));
  const inherited = inheritedEnvironment(environment);

  const run = async (
    task: TurnTask<ShellTurn>,
    folder: ReturnType<typeof createAttemptFolder>,
  ): Promise<TurnReport> => {
    const prepared = await prepareShellTurn(task, { folder, secrets, inherited });
    if (task.stop.aborted) {
      return neverStarted(interruptionOutcome(task.stop.reason as StopReason));
    }
    const launched = await launchTurn(prepared, task.guard, takePipe);
    const obstacle = await begin(task, launched);
    if (obstacle !== null) {
      launched.stdout.destroy();
      launched.stderr.destroy();
      return neverStarted(obstacle);
    }
    const spawnedAt = now();
    task.onSpawned?.(spawnedAt);
    const output = createTurnOutput({
      limitBytes: task.turn.outputLimitBytes,
      secrets: prepared.secrets,
      log: task.log,
    });
    const observed = await carryOut(task, launched, output);
    const outcome = await released(observed, task.guard, launched.group.id);
    return { outcome, stdout: output.excerpt('stdout'), stderr: output.excerpt('stderr'), spawnedAt };
  };

  return async (task) => {
    const folder = createAttemptFolder(workDir, task.identity.runId, task.identity.attempt);
    try {
      return await run(task, folder);
    } catch (error) {
      return neverStarted(startFailure(error, task.guard));
    } finally {
      await folder.remove();
    }
  };
}

/** Releases the group. GD-4: what the guard or a keeper has killed is told as that, and never as a signal. */
async function released(observed: Outcome, guard: Guard, groupId: number): Promise<Outcome> {
  const wasKilled = guard.release(groupId);
  const isOpen = observed.kind === 'signalled' && observed.signal === 'SIGKILL';
  if (!isOpen || !(await wasKilled)) return observed;
  return interruptionOutcome(guard.gone.aborted ? 'unguarded' : 'fenced');
}

/** A machine without room (processes, memory, descriptors, disk) is nobody's failure: the attempt is lost. */
function startFailure(error: unknown, guard: Guard): Outcome {
  if (error instanceof Misconfigured) {
    return { kind: 'misconfigured', message: error.message };
  }
  if (guard.gone.aborted) {
    return interruptionOutcome('unguarded');
  }
  if (error instanceof Error && 'syscall' in error) {
    return {
      kind: 'lost',
      isGone: true,
      message: `the worker could not start the turn (${errorCode(error)} in ${String(error.syscall)})`,
    };
  }
  throw error;
}
