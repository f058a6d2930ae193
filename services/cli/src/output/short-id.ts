/** Digits at the end of an id that tables show: of a UUIDv7 they are chance, its beginning is the time. */
const shownDigits = 8;

/** The end of an id, enough to be given back. */
export function shortId(id: string): string {
  return id.slice(-shownDigits);
}
