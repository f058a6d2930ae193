import { expect, test } from 'vitest';
import { createFleet, type Part, stopOrder } from './fleet.ts';

/** Processes that end when they are told to, and write down in which order. */
function fleetOf(parts: readonly Part[], stuck?: Part) {
  const fleet = createFleet();
  const ended: string[] = [];
  for (const part of parts) {
    let kill: () => void = () => undefined;
    const killed = new Promise<void>((resolve) => {
      kill = resolve;
    });
    fleet.add(part, {
      name: part,
      stop: async () => {
        await (part === stuck ? killed : Promise.resolve());
        ended.push(`${part} stopped`);
      },
      kill: async () => {
        kill();
        ended.push(`${part} killed`);
      },
    });
  }
  return { fleet, ended };
}

test('it stops from the API to the database, whatever was started first', async () => {
  const { fleet, ended } = fleetOf([...stopOrder].reverse());
  const told: string[] = [];
  await fleet.stop(new AbortController().signal, (names) => told.push(...names));
  expect(ended).toEqual(stopOrder.map((part) => `${part} stopped`));
  expect(told).toEqual([...stopOrder]);
});

test('a second request kills what is left, in the middle of a drain', async () => {
  const { fleet, ended } = fleetOf(['api', 'worker', 'postgres'], 'worker');
  const now = new AbortController();
  const stopping = fleet.stop(now.signal, () => undefined);
  now.abort();
  await stopping;
  expect(ended).toContain('worker killed');
  expect(ended).toContain('postgres killed');
  expect(ended).not.toContain('postgres stopped');
});
