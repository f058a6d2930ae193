import type { Session } from './connect.ts';
import {
  dropLease as dropLeaseStatement,
  renumberLease as renumberLeaseStatement,
  takeLease as takeLeaseStatement,
} from './sql/leases.ts';

/** How long a lane is held without being renewed. */
export const leaseMs = 2_000;

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Fences whoever held the lane before. */
  readonly number: number;
}

/** Takes or renews a lane; null where somebody else holds it. */
export async function takeLease(session: Session, name: string, holder: string): Promise<Lease | null> {
  const [row] = await session.ask<{ number: number }>(takeLeaseStatement, [name, holder, leaseMs]);
  return row === undefined ? null : { name, holder, number: row.number };
}

/**
 * Gives the holder's lease a new number: what it wrote under the old one, and may still be on its way, comes to nothing.
 * Null where the lease has lapsed.
 */
export async function renumberLease(
  session: Session,
  { name, holder, number }: Lease,
): Promise<Lease | null> {
  const [row] = await session.ask<{ number: number }>(renumberLeaseStatement, [
    name,
    holder,
    number,
    leaseMs,
  ]);
  return row === undefined ? null : { name, holder, number: row.number };
}

export async function dropLease(session: Session, { name, holder, number }: Lease): Promise<void> {
  await session.ask(dropLeaseStatement, [name, holder, number]);
}
