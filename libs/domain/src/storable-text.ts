/**
 * SE-2: text of a turn as Postgres can store it. NUL and lone surrogates become U+FFFD; everything else stays.
 */
export function storableText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
