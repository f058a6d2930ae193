import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const part = /(\d{1,12})(ms|s|m|h|d)/g;
const whole = /^(?:\d{1,12}(?:ms|s|m|h|d))+$/;

/** The longest duration that any field takes. */
export const maxDurationMs = 366 * unitMs.d;

/** Milliseconds of a duration such as `30s`, `15m` or `1h30m`; undefined for text of another form. */
export function parseDuration(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(part)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return total;
}

/** The shortest text of a duration: `90s` is `1m30s`, nothing is `0s`. */
export function formatDuration(durationMs: number): string {
  let rest = durationMs;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / unitMs[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * unitMs[unit];
  }
  return text === '' ? '0s' : text;
}

/** A duration between two bounds (both included), kept as its shortest text: `60m` and `1h` are one document. */
export function durationText({ minMs = 0, maxMs = maxDurationMs }: { minMs?: number; maxMs?: number } = {}) {
  const check = (text: string, context: z.core.$RefinementCtx<string>) => {
    const durationMs = parseDuration(text);
    if (durationMs === undefined) {
      context.addIssue({ code: 'custom', message: `"${text}" is not a duration: write 30s, 15m, 2h or 1d` });
    } else if (durationMs < minMs || durationMs > maxMs) {
      context.addIssue({
        code: 'custom',
        message: `${text} is out of range: ${formatDuration(minMs)} to ${formatDuration(maxMs)} are allowed`,
      });
    }
  };
  return z.string().superRefine(check).overwrite(shorten);
}

function shorten(text: string): string {
  const durationMs = parseDuration(text);
  return durationMs === undefined ? text : formatDuration(durationMs);
}
