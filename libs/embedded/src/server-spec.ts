/** How to run one server in the foreground: everything is prepared on disk, nothing is running yet. */
export interface ServerSpec {
  readonly name: 'postgres' | 'redis' | 'nats';
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the server: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where its data lies: below `dir`, unless Postgres had to move to a place of its own. */
  readonly dataDir: string;
  /** For clients, with credentials. */
  readonly url: string;
  readonly port: number;
  /** Makes it save and stop: SIGINT for Postgres (fast shutdown) and NATS, SIGTERM for Redis. */
  readonly stopSignal: NodeJS.Signals;
  /** Before each spawn: waits up to 10 s until nothing of an earlier process lives on the data, then removes its stale lock. */
  makeWay(): Promise<void>;
  /** One probe: does it answer a real authenticated request? Never throws. */
  ready(): Promise<boolean>;
}

export interface ServerOptions {
  /** Data, config and credential of this server; made with mode 0700. */
  readonly dir: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Cache for redis-server and nats-server where PATH has none. */
  readonly binariesDir: string;
  /** Hears in one line about anything unusual or slow. */
  readonly report?: (line: string) => void;
}
