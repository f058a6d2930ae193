/** Milliseconds for which a gateway wants to be left alone; null where it does not say. `now`: epoch milliseconds. */
export function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const milliseconds = numberIn(headers?.get('retry-after-ms'));
  if (milliseconds !== null) return Math.round(milliseconds);
  const text = headers?.get('retry-after') ?? null;
  const seconds = numberIn(text);
  if (seconds !== null) return Math.round(1_000 * seconds);
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function numberIn(text: string | null | undefined): number | null {
  return text != null && /^\d{1,12}(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}
