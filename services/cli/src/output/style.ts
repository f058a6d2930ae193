import { isZone } from '@flotilla/domain';
import pc from 'picocolors';
import type { CliContext } from '../context.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** How text for people is set: everything that depends on their terminal and on where they are. */
export interface Style {
  readonly colours: Colours;
  /** Cells in a line. */
  readonly columns: number;
  /** The zone whose clocks are shown. */
  readonly zone: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The width of what is not a terminal. */
export const defaultColumns = 80;

/** Narrower than this, cutting leaves nothing to read: lines wrap instead. */
export const fewestColumns = 40;

export function styleOf(
  { stdout, environment, now }: CliContext,
  { utc = false }: { utc?: boolean } = {},
): Style {
  const isPlain = stdout.isTTY !== true || Boolean(environment['NO_COLOR']) || environment['TERM'] === 'dumb';
  return {
    colours: pc.createColors(!isPlain),
    columns: Math.max(fewestColumns, stdout.columns ?? defaultColumns),
    zone: utc ? 'UTC' : localZone(),
    now: now(),
  };
}

/** UTC where the host does not say, or says something that is no place. */
export function localZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return isZone(timeZone) ? timeZone : 'UTC';
}
