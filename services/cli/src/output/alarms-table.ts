import type { AlarmBody } from '../client/bodies.ts';
import { spanWords } from './span-words.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export function alarmsTable(alarms: readonly AlarmBody[], style: Style): string[] {
  const { colours, now } = style;
  return table(
    alarms,
    [
      {
        title: 'ALARM',
        cell: ({ kind }) => kind,
        paint: (text, { resolvedAt }) => (resolvedAt === null ? colours.red(text) : colours.dim(text)),
      },
      { title: 'FOR', cell: (alarm) => lengthWords(alarm, now) },
      { title: 'OVER', cell: ({ resolvedAt }) => overWords(resolvedAt, now), dropOrder: 1 },
      { title: 'WHAT', cell: ({ message }) => message },
    ],
    { style, empty: 'no alarm is open' },
  );
}

function lengthWords({ raisedAt, resolvedAt }: AlarmBody, now: number): string {
  return spanWords((resolvedAt === null ? now : Date.parse(resolvedAt)) - Date.parse(raisedAt));
}

function overWords(resolvedAt: string | null, now: number): string {
  return resolvedAt === null ? '' : `${spanWords(now - Date.parse(resolvedAt))} ago`;
}
