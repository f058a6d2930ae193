import { defaultPool, type FieldError, nearest } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import {
  deletePool as deletePoolStatement,
  ensurePoolGate,
  insertPool,
  listPoolNames as listPoolNamesStatement,
  listPools as listPoolsStatement,
  lockPoolForDelete,
  lockPoolForJob,
  lockPoolGate,
  lockPools,
  readPool,
  readPoolUse,
  setPoolCapacity,
} from './sql/pools.ts';

/** Pools that there may be. */
export const maxPools = 1_000;

/** Jobs that are named where they stand in the way of a pool's deletion. */
const namedJobs = 5;

/** A pool as people see it. */
export interface PoolView {
  readonly name: string;
  /** Turns at once in the whole fleet; null: as many as its workers have slots for. */
  readonly capacity: number | null;
  readonly running: number;
  /** Runs that are blocked for want of room. */
  readonly waiting: number;
  /** Runs that are due and queued: they wait for a worker. */
  readonly due: number;
  /** Living workers that serve it, and the slots that these share among all pools that they serve. */
  readonly workers: number;
  readonly slots: number;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

export type PutPoolResult =
  | { readonly kind: 'created' | 'changed' | 'unchanged'; readonly pool: PoolView }
  | { readonly kind: 'too_many' };

export type DeletePoolResult =
  | { readonly kind: 'deleted' | 'not_found' | 'is_default' }
  | {
      readonly kind: 'in_use';
      /** The first of them, by id. */
      readonly jobs: readonly string[];
      readonly jobCount: number;
      readonly runCount: number;
    };

/**
 * Creates a pool or changes its capacity. GA-1: whoever counts its runs holds its gate, so a claim counts against the
 * old capacity or against the new one. What is at work above a new cap goes on.
 */
export async function putPool(
  store: Store,
  { name, capacity }: { name: string; capacity: number | null },
): Promise<PutPoolResult> {
  return store.transaction(async (session) => {
    await session.ask(lockPools);
    const names = await listPoolNames(session);
    const isNew = !names.includes(name);
    if (isNew && names.length >= maxPools) return { kind: 'too_many' };
    await session.ask(ensurePoolGate, [name]);
    await session.ask(lockPoolGate, [name]);
    const written = await session.ask(isNew ? insertPool : setPoolCapacity, [name, capacity]);
    const kind = isNew ? 'created' : written.length > 0 ? 'changed' : 'unchanged';
    const pool = await getPool(session, name);
    if (pool === null) throw new Error(`the pool ${name} is gone within its own transaction`);
    return { kind, pool };
  });
}

/** Only what nothing uses can go: jobs would have no queue, and open runs no worker. */
export async function deletePool(store: Store, name: string): Promise<DeletePoolResult> {
  if (name === defaultPool) return { kind: 'is_default' };
  return store.transaction(async (session) => {
    await session.ask(lockPools);
    await session.ask(lockPoolGate, [name]);
    if ((await session.ask(lockPoolForDelete, [name])).length === 0) return { kind: 'not_found' };
    const [use] = await session.ask<{ jobs: string[]; jobCount: number; runCount: number }>(readPoolUse, [
      name,
      namedJobs,
    ]);
    if (use !== undefined && use.jobCount + use.runCount > 0) return { kind: 'in_use', ...use };
    await session.ask(deletePoolStatement, [name, defaultPool]);
    return { kind: 'deleted' };
  });
}

export function listPools(session: Session): Promise<PoolView[]> {
  return session.ask<PoolView>(listPoolsStatement);
}

export async function getPool(session: Session, name: string): Promise<PoolView | null> {
  const [row] = await session.ask<PoolView>(readPool, [name]);
  return row ?? null;
}

export async function listPoolNames(session: Session): Promise<string[]> {
  const rows = await session.ask<{ name: string }>(listPoolNamesStatement);
  return rows.map(({ name }) => name);
}

/** The pool that was probably meant. */
export async function nearestPool(session: Session, name: string): Promise<string | null> {
  return nearest(name, await listPoolNames(session)) ?? null;
}

/** What is wrong with the pool of a job that is written. One that is there stays until this transaction has ended. */
export async function refusePool(session: Session, name: string): Promise<FieldError[]> {
  if ((await session.ask(lockPoolForJob, [name])).length > 0) return [];
  const meant = await nearestPool(session, name);
  const message = `no pool "${name}": ${meant === null ? `make it with "flotilla pools set ${name}"` : `did you mean "${meant}"?`}`;
  return [{ path: 'pool', value: name, message, ...(meant === null ? {} : { nearest: meant }) }];
}
