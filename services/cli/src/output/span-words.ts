const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time as people say it: `0.4 s`, `48 s`, `12 min`, `3 h 20 min`, `5 d`. */
export function spanWords(spanMs: number): string {
  const span = Math.max(0, spanMs);
  if (span < 9_950) return `${(span / 1000).toFixed(1)} s`;
  if (span < 99_500) return `${Math.round(span / 1000)} s`;
  if (span < 99.5 * minute) return `${Math.round(span / minute)} min`;
  if (span < day) return withRest(span, hour, 'h', minute, 'min');
  return withRest(span, day, 'd', hour, 'h');
}

function withRest(span: number, unitMs: number, unit: string, smallMs: number, small: string): string {
  const total = Math.round(span / smallMs);
  const perUnit = unitMs / smallMs;
  const rest = total % perUnit;
  return `${Math.floor(total / perUnit)} ${unit}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** Where an instant lies, seen from now: `in 12 s`, `3 min ago`, `now`. */
export function distanceWords(instant: number, now: number): string {
  const aheadMs = instant - now;
  if (Math.abs(aheadMs) < 500) return 'now';
  return aheadMs > 0 ? `in ${spanWords(aheadMs)}` : `${spanWords(-aheadMs)} ago`;
}
