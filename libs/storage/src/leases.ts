import type { Session } from './connect.ts';
import { dropLease as dropLeaseStatement, takeLease as takeLeaseStatement } from './sql/leases.ts';

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

export async function dropLease(session: Session, { name, holder, number }: Lease): Promise<void> {
  await session.ask(dropLeaseStatement, [name, holder, number]);
}
