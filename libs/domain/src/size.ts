import { z } from 'zod';

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const pattern = /^(\d{1,12})(B|KiB|MiB|GiB)$/;

/** Bytes of a size such as `64KiB` or `8MiB`; undefined for text of another form. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  return unit === undefined ? undefined : Number(amount) * units[unit as keyof typeof units];
}

/** The text of a size in the largest unit that leaves no rest: `1MiB`, `1000B`. */
function formatSize(bytes: number): string {
  const [unit, unitBytes] = Object.entries(units).findLast(([, each]) => bytes % each === 0) ?? ['B', 1];
  return `${bytes / unitBytes}${unit}`;
}

/** A size between two bounds (bytes, both included), kept as the text the user wrote. */
export function sizeText(minBytes: number, maxBytes: number) {
  return z.string().superRefine((text, context) => {
    const bytes = parseSize(text);
    if (bytes === undefined) {
      context.addIssue({ code: 'custom', message: `"${text}" is not a size: write 64KiB or 8MiB` });
    } else if (bytes < minBytes || bytes > maxBytes) {
      context.addIssue({
        code: 'custom',
        message: `${text} is out of range: ${formatSize(minBytes)} to ${formatSize(maxBytes)} are allowed`,
      });
    }
  });
}
