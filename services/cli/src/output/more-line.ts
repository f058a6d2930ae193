import type { Style } from './style.ts';

/** Below a list that was cut: that there is more, and how to see it. */
export function moreLine(shown: number, next: string | null, { colours }: Style): string[] {
  return next === null ? [] : [colours.dim(`the first ${shown}; --limit ${shown * 2} shows more`)];
}
