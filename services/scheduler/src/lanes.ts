import { randomUUID } from 'node:crypto';
import type { Store } from '@flotilla/storage';
import { createLane, type Lane } from './lane.ts';

/** The lanes of this process, each made once; all of them are given up at the end. */
export function createLanes() {
  const holder = randomUUID();
  const lanes = new Map<string, Lane>();
  return {
    laneOf(store: Store, name: string): Lane {
      const known = lanes.get(name) ?? createLane(store, name, holder);
      lanes.set(name, known);
      return known;
    },
    async releaseLanes(): Promise<void> {
      // A database that is away keeps nobody from stopping: the leases lapse by themselves.
      await Promise.allSettled([...lanes.values()].map((lane) => lane.release()));
    },
  };
}
