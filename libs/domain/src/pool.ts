import { z } from 'zod';
import { byPlace, type Place } from './place.ts';

/** The pool of jobs that name none; it is always there. */
export const defaultPool = 'default';

/** A pool is a queue of its own, with its own workers and its own cap. */
export const poolName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'a pool is named by 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit',
  );

/** How long an unblocked run that nobody has claimed yet holds its room (GA-3). */
export const heldRoomMs = 5_000;

/** The most turns at once that a pool may be given. */
export const maxPoolCapacity = 100_000;

/** What is known of a pool when room in it is asked for. */
export interface PoolStanding {
  /** Turns at once in the whole fleet; null: as many as its workers have slots for. */
  readonly capacity: number | null;
  readonly running: number;
  /** GA-3: runs that were unblocked, are not claimed yet, and still hold their room. */
  readonly held: ReadonlySet<string>;
  /** The first of those that are blocked for want of room, in their order. */
  readonly waiting: readonly Place[];
}

/** A pool without a cap counts nothing. */
export const unlimited: PoolStanding = { capacity: null, running: 0, held: new Set(), waiting: [] };

/** A run that holds its room has it; any other stands behind those that wait already. */
export function hasRoom(run: Place, { capacity, running, held, waiting }: PoolStanding): boolean {
  if (capacity === null) return true;
  const isHolding = held.has(run.id);
  const [first] = waiting;
  if (!isHolding && first !== undefined && byPlace(first, run) < 0) return false;
  return running + held.size - (isHolding ? 1 : 0) < capacity;
}
