import { randomUUID } from 'node:crypto';
import { registerWorker, type Session, type WorkerIntroduction } from '@flotilla/storage';

export interface Membership {
  /** The id under which this process is alive in the ledger; null while it is not. */
  id(): string | null;
  /** Enters the ledger under a new id. */
  join(): Promise<void>;
  /** LV-6: the ledger says that this worker is dead. Nothing of the old id is its own any more. */
  lose(): void;
}

/** Who this process is to the fleet. A worker that was declared dead comes back as another (LV-6). */
export function createMembership(session: Session, introduction: Omit<WorkerIntroduction, 'id'>): Membership {
  let current: string | null = null;
  return {
    id: () => current,
    async join() {
      const id = randomUUID();
      await registerWorker(session, { ...introduction, id });
      current = id;
    },
    lose() {
      current = null;
    },
  };
}
