/** What fitting needs to know of a column. Widths are in cells. */
export interface Width {
  /** Of its widest cell, title included. */
  readonly natural: number;
  /** Cells that must stay when it is cut; a column without it is never cut. */
  readonly least?: number;
  /** The column with the highest number goes first; one without it stays. */
  readonly dropOrder?: number;
}

/** Cells between two columns. */
export const gap = 2;

/**
 * The width of each column so that a row fits into `columns` cells; null for those that had to go. Cutting comes before
 * dropping, and the widest is cut first.
 */
export function fitColumns(widths: readonly Width[], columns: number): (number | null)[] {
  const kept: (number | null)[] = widths.map(({ natural }) => natural);
  while (leastWidth(widths, kept) > columns) {
    const victim = nextToDrop(widths, kept);
    if (victim === undefined) break;
    kept[victim] = null;
  }
  for (let excess = totalWidth(kept) - columns; excess > 0; excess--) {
    const victim = widest(widths, kept);
    if (victim === undefined) break;
    kept[victim] = (kept[victim] ?? 0) - 1;
  }
  return kept;
}

function leastOf({ natural, least = natural }: Width): number {
  return Math.min(natural, least);
}

function leastWidth(widths: readonly Width[], kept: readonly (number | null)[]): number {
  return totalWidth(widths.map((width, index) => (kept[index] === null ? null : leastOf(width))));
}

function totalWidth(kept: readonly (number | null)[]): number {
  const present = kept.filter((width) => width !== null);
  return present.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, present.length - 1);
}

function nextToDrop(widths: readonly Width[], kept: readonly (number | null)[]): number | undefined {
  return indexOfMost(widths, (width, index) => (kept[index] === null ? undefined : width.dropOrder));
}

function widest(widths: readonly Width[], kept: readonly (number | null)[]): number | undefined {
  return indexOfMost(widths, (width, index) => {
    const now = kept[index] ?? 0;
    return now > leastOf(width) ? now : undefined;
  });
}

function indexOfMost(
  widths: readonly Width[],
  measure: (width: Width, index: number) => number | undefined,
): number | undefined {
  let best: { index: number; measured: number } | undefined;
  for (const [index, width] of widths.entries()) {
    const measured = measure(width, index);
    if (measured !== undefined && measured > (best?.measured ?? 0)) best = { index, measured };
  }
  return best?.index;
}
