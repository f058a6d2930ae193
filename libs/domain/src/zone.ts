import { z } from 'zod';
import { nearest } from './nearest.ts';
import { remembered } from './remembered.ts';

/** IANA knows some 600 names with all aliases. */
const maxFormatters = 1_000;

const zoneNames = remembered(1, () => ['UTC', ...Intl.supportedValuesOf('timeZone')]);

const formatterOf = remembered(maxFormatters, (zone: string) => {
  return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
});

/** Newer runtimes also take "+01:00" for a zone; that is an offset, not a place whose clocks change. */
const placeName = /^[A-Za-z][\w+/-]*$/;

/** Whether the time zone data of this host knows `zone`, aliases such as `Asia/Kolkata` included. */
export function isZone(zone: string): boolean {
  if (!placeName.test(zone)) return false;
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What clocks in `zone` show at an instant, less UTC, in milliseconds. Throws where the zone is unknown. */
export function offsetAt(zone: string, instant: number): number {
  if (!isZone(zone)) throw new RangeError(`zone "${zone}" is unknown to this host's time zone data`);
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(formatterOf(zone).format(instant)) ?? [];
  if (sign === undefined) return 0;
  const amount = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (sign === '-' ? -amount : amount) * 1_000;
}

/** The name that was probably meant: `Berlin` and `Europe/Berln` are `Europe/Berlin`. */
export function nearestZone(text: string): string | undefined {
  const zones = zoneNames();
  const place = `/${text.trim().replaceAll(' ', '_').toLowerCase()}`;
  return zones.find((zone) => `/${zone.toLowerCase()}`.endsWith(place)) ?? nearest(text, zones);
}

function refuseUnknown(text: string, context: z.core.$RefinementCtx<string>): void {
  if (isZone(text)) return;
  const meant = nearestZone(text);
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not an IANA time zone: ${meant === undefined ? 'write one such as Europe/Berlin' : `did you mean "${meant}"?`}`,
    params: { nearest: meant },
  });
}

/** `europe/berlin` becomes `Europe/Berlin`; aliases stay as they are. */
function spell(text: string): string {
  const lower = text.toLowerCase();
  return zoneNames().find((zone) => zone.toLowerCase() === lower) ?? text;
}

/** The name of an IANA time zone; an error names the nearest one. */
export const zoneText = z.string().max(64).superRefine(refuseUnknown).overwrite(spell);
