import { waitVariable } from '../inside/wait-inside.ts';

/** A job whose turns wait inside the worker and leave a line there. Started by hand alone. */
export function waitingJob(waitMs: number): object {
  return { turn: { argv: ['true'], env: { [waitVariable]: String(waitMs) } }, overlap: 'allow' };
}
