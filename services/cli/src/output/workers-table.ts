import type { WorkerBody } from '../client/bodies.ts';
import { shortId } from './short-id.ts';
import { distanceWords } from './span-words.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export function workersTable(workers: readonly WorkerBody[], style: Style): string[] {
  const { colours, now } = style;
  return table(
    workers,
    [
      { title: 'WORKER', cell: ({ id }) => shortId(id) },
      {
        title: 'STATE',
        cell: ({ state }) => state,
        paint: (text, { state }) => paintWorker(text, state, style),
      },
      { title: 'BUSY', cell: ({ inHand, slots }) => `${inHand} of ${slots}` },
      { title: 'HOST', cell: ({ host }) => host, least: 10 },
      { title: 'PID', cell: ({ pid }) => String(pid), align: 'right', dropOrder: 2 },
      { title: 'BEAT', cell: ({ beatAt }) => distanceWords(Date.parse(beatAt), now) },
      { title: 'POOLS', cell: ({ pools }) => pools.join(', '), least: 8, dropOrder: 1 },
      { title: 'VERSION', cell: ({ version }) => version, paint: colours.dim, dropOrder: 3 },
    ],
    { style, empty: 'no workers: flotilla start worker' },
  );
}

function paintWorker(text: string, state: WorkerBody['state'], { colours }: Style): string {
  switch (state) {
    case 'alive':
      return colours.green(text);
    case 'draining':
      return colours.yellow(text);
    case 'dead':
      return colours.red(text);
    case 'left':
      return colours.dim(text);
  }
}
