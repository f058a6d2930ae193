import type { Load } from '../profile/watch-load.ts';

const textWidth = 76;

/** Where the time of a figure went that does not hold: CPU of each process, and the statements that took longest. */
export function loadLines({ of, seconds, cpu, statements }: Load, count: number): string[] {
  const shares = Object.entries(cpu)
    .filter(([, used]) => used > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([name, used]) => `${name} ${used.toFixed(1)}`);
  return [
    `${of}: ${seconds.toFixed(1)} s; CPU seconds: ${shares.join(' · ')}`,
    ...statements.slice(0, count).map(({ text, calls, totalMs, rows }) => {
      const figures = [`${calls} ×`, `${(totalMs / calls).toFixed(2)} ms`, `${rows} rows`];
      return `  ${figures.map((figure) => figure.padStart(11)).join('')}  ${text.slice(0, textWidth)}`;
    }),
  ];
}
