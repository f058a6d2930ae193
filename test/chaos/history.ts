import { appendFileSync } from 'node:fs';

/** What somebody did or saw. Instants are epoch milliseconds of the one clock of this machine. */
export type Entry =
  | { readonly op: 'fault' | 'fault-over'; readonly kind: string; readonly target: string }
  /** It found nothing to break. */
  | { readonly op: 'fault-missed'; readonly kind: string; readonly target: string; readonly why: string }
  | { readonly op: 'spawned'; readonly seat: string; readonly pid: number }
  /** `isOwn`: no fault had told the process to end. */
  | {
      readonly op: 'exited';
      readonly seat: string;
      readonly pid: number;
      readonly how: string;
      readonly isOwn: boolean;
    }
  | Asked;

/** What a client asked of the API, and what it was answered; `status` null: nobody knows whether it was done. */
export interface Asked {
  readonly op: 'asked';
  readonly what: string;
  readonly job?: string;
  readonly run?: string;
  readonly key?: string;
  readonly askedAt: number;
  readonly status: number | null;
  /** Of the run in the answer. */
  readonly state?: string;
}

export type Written = Entry & { readonly at: number };

/** All that the players of one campaign did, in the order in which it was written down. */
export interface History {
  write(entry: Entry): void;
  all(): readonly Written[];
}

/** Keeps the entries, and appends each to a file, so that a campaign that ends badly can be read too. */
export function openHistory(file: string): History {
  const entries: Written[] = [];
  return {
    write(entry) {
      const written = { at: Date.now(), ...entry };
      entries.push(written);
      appendFileSync(file, `${JSON.stringify(written)}\n`);
    },
    all: () => entries,
  };
}
