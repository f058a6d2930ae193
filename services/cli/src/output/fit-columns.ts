/** What fitting needs to know of a column. Widths are in cells. */
export interface Width {
  /** Of its widest cell, title included. */
  readonly natural: number;
  /** Cells that stay while another column can go instead; a column without it is never cut. */
  readonly least?: number;
  /** The column with the highest number goes first; one without it stays. */
  readonly dropOrder?: number;
}

/** Cells between two columns. */
export const gap = 2;

/** Where nothing can go any more, a column that may be cut keeps so many cells. */
export const fewestCells = 8;

/**
 * The width of each column so that a row fits into `columns` cells; null for those that had to go. The widest is cut
 * first, down to what each must keep; then columns go, the least important first; then the rest is cut further.
 */
export function fitColumns(widths: readonly Width[], columns: number): (number | null)[] {
  const kept: (number | null)[] = widths.map(({ natural }) => natural);
  while (leastWidth(widths, kept) > columns) {
    const victim = nextToDrop(widths, kept);
    if (victim === undefined) break;
    kept[victim] = null;
  }
  cutWidest(kept, columns, widths.map(leastOf));
  cutWidest(
    kept,
    columns,
    widths.map((width) => Math.min(leastOf(width), fewestOf(width))),
  );
  return kept;
}

/** Takes cell by cell from the widest column that has more than its `floor`, until all fits. */
function cutWidest(kept: (number | null)[], columns: number, floors: readonly number[]): void {
  for (let excess = totalWidth(kept) - columns; excess > 0; excess--) {
    const victim = indexOfMost(kept, (width, index) =>
      width !== null && width > (floors[index] ?? 0) ? width : undefined,
    );
    if (victim === undefined) return;
    kept[victim] = (kept[victim] ?? 0) - 1;
  }
}

function fewestOf({ natural, least }: Width): number {
  return least === undefined ? natural : fewestCells;
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
  return indexOfMost(widths, ({ dropOrder }, index) => (kept[index] === null ? undefined : dropOrder));
}

function indexOfMost<Item>(
  items: readonly Item[],
  measure: (item: Item, index: number) => number | undefined,
): number | undefined {
  let best: { index: number; measured: number } | undefined;
  for (const [index, item] of items.entries()) {
    const measured = measure(item, index);
    if (measured !== undefined && measured > (best?.measured ?? 0)) best = { index, measured };
  }
  return best?.index;
}
