import type { Environment } from '@flotilla/runtime';
import type { Installation } from './installation.ts';

/** What a command writes to: the part of `process.stdout` that it uses. */
export interface Outlet {
  write(content: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The world of one call of `flotilla`: all that a command knows of the machine it runs on. */
export interface CliContext {
  readonly environment: Environment;
  /** The current folder, absolute. */
  readonly folder: string;
  readonly installation: Installation;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
