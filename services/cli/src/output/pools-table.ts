import type { PoolBody } from '../client/bodies.ts';
import { instantWords } from './instant-words.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export function poolsTable(pools: readonly PoolBody[], style: Style): string[] {
  const { colours } = style;
  return table(
    pools,
    [
      { title: 'POOL', cell: ({ name }) => name, least: 12 },
      {
        title: 'AT WORK',
        cell: ({ running, capacity }) => (capacity === null ? String(running) : `${running} of ${capacity}`),
      },
      { title: 'WAIT FOR ROOM', cell: ({ waiting }) => String(waiting), align: 'right' },
      { title: 'DUE', cell: ({ due }) => String(due), align: 'right' },
      {
        title: 'WORKERS',
        cell: ({ workers, slots }) => (workers === 0 ? 'none' : `${workers} with ${slots} slots`),
        paint: (text, { workers }) => (workers === 0 ? colours.yellow(text) : text),
      },
      { title: 'CHANGED', cell: ({ changedAt }) => instantWords(changedAt, style), dropOrder: 0 },
    ],
    { style, empty: 'no pools' },
  );
}
