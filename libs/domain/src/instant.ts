import { z } from 'zod';
import type { FoldPolicy, GapPolicy, Tick } from './tick.ts';
import { wallTicks } from './wall-ticks.ts';
import { offsetAt } from './zone.ts';

const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/** A date and time as users write it: on whose wall, and the offset where one was written. */
interface WrittenInstant {
  /** The epoch milliseconds at which UTC clocks would show it. */
  readonly wall: number;
  /** Null: it is to be read in the job's zone. */
  readonly offsetMs: number | null;
}

function read(text: string): WrittenInstant | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] =
    form.exec(text) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`;
  const wall = Date.parse(iso);
  // 30 February would be read as 2 March, and years before 1970 have no zones to speak of.
  if (Number.isNaN(wall) || wall < 0 || new Date(wall).toISOString() !== iso) return undefined;
  return { wall, offsetMs: offset === undefined ? null : readOffset(offset) };
}

function readOffset(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const amount = (Number(text.slice(1, 3)) * 60 + Number(text.slice(4))) * 60_000;
  return text.startsWith('-') ? -amount : amount;
}

/** `2027-03-14T02:30` becomes `2027-03-14T02:30:00`; with an offset it becomes UTC. */
function canonical(text: string): string {
  const written = read(text);
  if (written === undefined) return text;
  const { wall, offsetMs } = written;
  return isoSeconds(wall - (offsetMs ?? 0)) + (offsetMs === null ? '' : 'Z');
}

/** ISO date and time without an offset, with milliseconds only where there are any. */
function isoSeconds(wall: number): string {
  return new Date(wall)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
}

/** An instant in ISO 8601; without an offset it is read in the job's zone. Kept as canonical text. */
export const instantText = z
  .string()
  .max(40)
  .superRefine((text, context) => {
    if (read(text) !== undefined) return;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not an instant from 1970 on: write 2027-03-14T09:00:00Z, or 2027-03-14T09:00 in the job's zone`,
    });
  })
  .overwrite(canonical);

/**
 * The instants that `text` means in `zone`: one; none for a time in a gap that is skipped; two for one that comes twice
 * where both count. Undefined for text that is no instant.
 */
export function instantTicks(
  text: string,
  zone: string,
  gap: GapPolicy,
  fold: FoldPolicy,
): Tick[] | undefined {
  const written = read(text);
  if (written === undefined) return undefined;
  const { wall, offsetMs } = written;
  if (offsetMs !== null) return [{ tickAt: wall - offsetMs, note: null }];
  const between = (from: number, until: number) => (wall >= from && wall < until ? [wall] : []);
  // No offset, and no change of one, is longer than a day.
  const searchMs = 2 * 86_400_000;
  return [...wallTicks({ zone, gap, fold, isFixed: true, between }, wall - searchMs, searchMs * 2)];
}

/**
 * The one instant that `text` means in `zone`, in epoch milliseconds: a time in a gap is the first instant after it, of
 * one that comes twice it is the first. Undefined for text that is no instant.
 */
export function parseInstant(text: string, zone: string): number | undefined {
  return instantTicks(text, zone, 'run-after', 'first')?.[0]?.tickAt;
}

/** What a clock in `zone` shows: `2027-03-14T03:00:00-04:00`. */
export function formatInstant(instant: number, zone: string): string {
  const offsetMs = offsetAt(zone, instant);
  const offset = new Date(Math.abs(offsetMs)).toISOString().slice(11, 19).replace(/:00$/, '');
  return `${isoSeconds(instant + offsetMs)}${offsetMs < 0 ? '-' : '+'}${offset}`;
}
