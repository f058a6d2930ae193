import type { LogPlace } from '@flotilla/storage';

/** How far a reader of a run's log is: the attempt, and the next piece of each of its streams. */
export interface TailPlace extends LogPlace {
  readonly attempt: number;
}

const form = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/;

/** `<attempt>.<stdout>.<stderr>`; null for text of another form. */
export function parseTailPlace(text: string): TailPlace | null {
  const [, attempt, stdout, stderr] = form.exec(text) ?? [];
  if (stderr === undefined) return null;
  return { attempt: Number(attempt), stdout: Number(stdout), stderr: Number(stderr) };
}

export function formatTailPlace({ attempt, stdout, stderr }: TailPlace): string {
  return `${attempt}.${stdout}.${stderr}`;
}
