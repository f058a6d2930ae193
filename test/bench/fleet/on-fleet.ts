import type { Bench } from '../scenario.ts';
import { type Fleet, type FleetSize, startFleet } from './fleet.ts';
import { openPremises, type Premises } from './premises.ts';

/** Measures on servers of its own. */
export async function onPremises<T>(use: (premises: Premises) => Promise<T>): Promise<T> {
  const premises = await openPremises();
  try {
    return await use(premises);
  } finally {
    await premises.close();
  }
}

/** Measures on a fleet that is there for this alone. */
export async function onFleet<T>(
  { programs }: Pick<Bench, 'programs'>,
  premises: Premises,
  size: FleetSize,
  use: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const fleet = await startFleet(premises, programs, size);
  try {
    return await use(fleet);
  } finally {
    await fleet.stop();
  }
}
