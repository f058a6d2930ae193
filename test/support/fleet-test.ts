import { test } from 'vitest';
import { type FleetOptions, startFleet } from './fleet.ts';

const shownLines = 40;

/** A `test` whose tests share one fleet. When one fails, the last lines of every process are shown. */
export function fleetTest(options: FleetOptions) {
  return test
    .extend('fleetOptions', { scope: 'file' }, options)
    .extend('fleet', { scope: 'file' }, async ({ fleetOptions }, { onCleanup }) => {
      const fleet = await startFleet(fleetOptions);
      onCleanup(() => fleet.stop());
      return fleet;
    })
    .extend('evidence', { auto: true }, ({ fleet, onTestFailed }) => {
      onTestFailed(async () => {
        process.stderr.write(`${await fleet.crew.lastLines(shownLines)}\n`);
      });
      return null;
    });
}
