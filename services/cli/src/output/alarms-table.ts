import type { AlarmBody } from '../client/bodies.ts';
import { distanceWords, spanWords } from './span-words.ts';
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
      { title: 'WHAT', cell: ({ message }) => message },
    ],
    { style, empty: 'no alarm is open' },
  );
}

/** `48 s`, or of one that is over `40 s, until 8.0 s ago`. */
function lengthWords({ raisedAt, resolvedAt }: AlarmBody, now: number): string {
  const raised = Date.parse(raisedAt);
  if (resolvedAt === null) return spanWords(now - raised);
  const resolved = Date.parse(resolvedAt);
  return `${spanWords(resolved - raised)}, until ${distanceWords(resolved, now)}`;
}
