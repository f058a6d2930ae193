import { cut, displayWidth, pad } from './display-width.ts';
import { fitColumns, gap } from './fit-columns.ts';
import { plain } from './printable.ts';
import type { Style } from './style.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Colours a cell that has its width already. */
  readonly paint?: (text: string, row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Cells that stay while another column can go instead; a column without it is never cut. */
  readonly least?: number;
  /** Where room is short, the column with the highest number goes first; one without it stays. */
  readonly dropOrder?: number;
}

/** The lines of a table that fits the terminal; where there are no rows, `empty` alone. */
export function table<Row>(
  rows: readonly Row[],
  possible: readonly Column<Row>[],
  { style, empty }: { readonly style: Style; readonly empty: string },
): string[] {
  if (rows.length === 0) return [style.colours.dim(empty)];
  const columns = possible.filter((column) => hasContent(column, rows));
  const cells = rows.map((row) => columns.map((column) => plain(column.cell(row))));
  const widths = fitColumns(
    columns.map((column, index) => ({
      natural: Math.max(displayWidth(column.title), ...cells.map((line) => displayWidth(line[index] ?? ''))),
      ...(column.least === undefined ? {} : { least: Math.max(column.least, displayWidth(column.title)) }),
      ...(column.dropOrder === undefined ? {} : { dropOrder: column.dropOrder }),
    })),
    style.columns,
  );
  const titles = columns.map((column) => column.title);
  return [
    setLine(columns, titles, widths, (text) => style.colours.bold(text)),
    ...rows.map((row, index) =>
      setLine(columns, cells[index] ?? [], widths, (text, column) => column.paint?.(text, row) ?? text),
    ),
  ];
}

/** A column that may go goes at once where it would be empty. */
function hasContent<Row>({ cell, dropOrder }: Column<Row>, rows: readonly Row[]): boolean {
  return dropOrder === undefined || rows.some((row) => cell(row) !== '');
}

function setLine<Row>(
  columns: readonly Column<Row>[],
  texts: readonly string[],
  widths: readonly (number | null)[],
  paint: (text: string, column: Column<Row>) => string,
): string {
  const shown = columns.flatMap((column, index) => {
    const width = widths[index] ?? null;
    return width === null ? [] : [{ column, width, text: cut(texts[index] ?? '', width) }];
  });
  return shown
    .map(({ column, width, text }) => {
      const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
      const painted = text === '' ? '' : paint(text, column);
      return column.align === 'right' ? space + painted : painted + space;
    })
    .join(' '.repeat(gap))
    .trimEnd();
}

/** Lines of "name  value", names in one column. A value of several lines goes on below itself. */
export function details(
  entries: readonly (readonly [string, string | null])[],
  { colours }: Style,
): string[] {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== null);
  const width = Math.max(...shown.map(([name]) => displayWidth(name)));
  return shown.flatMap(([name, value]) =>
    value.split('\n').map((line, index) => {
      const label = colours.dim(pad(index === 0 ? name : '', width));
      return `${label}${' '.repeat(gap)}${line}`.trimEnd();
    }),
  );
}
