import type { TickBody } from '../client/bodies.ts';
import { distanceWords } from './span-words.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

const notes = {
  gap: 'gap: clocks skip this time',
  fold: 'fold: time comes twice',
} as const;

/** Ticks as clocks in the schedule's zone show them; odd days are marked. */
export function previewTable(ticks: readonly TickBody[], zone: string, style: Style): string[] {
  const { colours } = style;
  const columns: Column<TickBody>[] = [
    {
      title: zone,
      cell: localWords,
      paint: (text, { note }) => (note === null ? text : colours.yellow(text)),
    },
    {
      title: zone === 'UTC' ? '' : 'UTC',
      cell: ({ tickAt }) => (zone === 'UTC' ? '' : tickAt.slice(0, 19).replace('T', ' ')),
      paint: colours.dim,
      dropOrder: 2,
    },
    {
      title: '',
      cell: ({ note }) => (note === null ? '' : notes[note]),
      paint: colours.yellow,
      dropOrder: 1,
    },
    {
      title: '',
      cell: ({ tickAt }) => distanceWords(Date.parse(tickAt), style.now),
      paint: colours.dim,
      dropOrder: 3,
    },
  ];
  return table(ticks, columns, { style, empty: 'no tick is to come' });
}

const weekday = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' });

/** `2027-03-14T03:00:00-04:00` as `Sun 2027-03-14 03:00:00 -04:00`. */
function localWords({ local }: TickBody): string {
  const date = local.slice(0, 10);
  return `${weekday.format(new Date(`${date}T00:00:00Z`))} ${date} ${local.slice(11, 19)} ${local.slice(19)}`;
}
