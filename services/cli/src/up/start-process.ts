import { StartError } from '@flotilla/runtime';
import type { Folders } from './folders.ts';
import { logPath } from './process-log.ts';
import { type Death, type Program, type Supervised, supervise } from './supervise.ts';
import { waitUntil } from './wait-until.ts';

export type ProcessStart = {
  readonly folders: Folders;
  readonly signal: AbortSignal;
  /** Told of the deaths after the start: these are mended. One at the start is an error of the start. */
  readonly onDeath: (death: Death) => void;
};

/**
 * Runs a program under supervision and waits until it is ready.
 *
 * @param onStart told as soon as it is supervised, so that it is stopped however the start goes on
 * @param redOf what keeps it from being ready; null where it is
 * @throws StartError if it ends at its start, or is not ready within the limit
 */
export async function startProcess(
  program: Program,
  { folders, signal, onDeath }: ProcessStart,
  onStart: (supervised: Supervised) => void,
  ready: { readonly limitMs: number; readonly redOf: () => Promise<string | null> },
): Promise<void> {
  let isStarting = true;
  let failed: Death | undefined;
  const log = logPath(folders.logs, program.name);

  async function redOf(): Promise<string | null> {
    if (failed !== undefined) {
      const said = failed.lastLines.at(-1) ?? 'it said nothing';
      throw new StartError(`${program.name} ended at its start (${failed.why}): ${said} (more in ${log})`);
    }
    return ready.redOf();
  }

  onStart(
    supervise(program, folders, (death) => {
      if (isStarting) {
        failed ??= death;
      } else {
        onDeath(death);
      }
    }),
  );
  const late = (red: string) => new StartError(`${program.name} is not ready (${red}): see ${log}`);
  await waitUntil(ready.limitMs, signal, redOf, late);
  isStarting = false;
}
