import { constants } from 'node:os';
import { z } from 'zod';
import { type Environment, parseConfig, variable } from './config.ts';
import { createLog, type Log, logLevels } from './log.ts';
import { StartError } from './start-error.ts';

/** What a service's main is given. The signal is aborted as soon as the process is asked to stop. */
export type ServiceContext = {
  readonly log: Log;
  readonly environment: Environment;
  readonly signal: AbortSignal;
};

/** A service that has started. `stop` drains, and resolves when nothing of it is left. */
export type Service = { stop(): Promise<void> };

/** The part of `process` that a service's life touches. */
export type HostProcess = {
  readonly env: Environment;
  readonly stdin: Pick<NodeJS.ReadStream, 'on' | 'resume'>;
  readonly stderr: { write(text: string): unknown };
  on(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): void;
};

const variables = {
  logLevel: variable('FLOTILLA_LOG_LEVEL', z.enum(logLevels).default('info').describe(logLevels.join(', '))),
  stopWithStdin: variable('FLOTILLA_STOP_WITH_STDIN', z.stringbool().default(false)),
};

/**
 * The life of a process. SIGTERM, SIGINT and, with `FLOTILLA_STOP_WITH_STDIN=1`, the end of stdin stop
 * the service once and exit with 0; a second signal exits at once, with 143 or 130. A start that fails
 * for a known reason (`StartError`) is one line on stderr and exit 1; anything unexpected, then or later,
 * is logged in full and exits with 1.
 */
export async function runService(
  name: string,
  main: (context: ServiceContext) => Promise<Service>,
  host: HostProcess = process,
): Promise<void> {
  const life = new Life(name, host);
  try {
    life.begin();
    await life.live(await main(life.context()));
  } catch (error) {
    life.fail(error);
  }
}

class Life {
  readonly #name: string;
  readonly #host: HostProcess;
  readonly #stopping = new AbortController();
  #log: Log | undefined;
  #service: Service | undefined;

  constructor(name: string, host: HostProcess) {
    this.#name = name;
    this.#host = host;
  }

  begin(): void {
    this.#listen();
    const { logLevel, stopWithStdin } = parseConfig(this.#host.env, variables);
    this.#log = createLog({ name: this.#name, level: logLevel });
    if (stopWithStdin) {
      this.#host.stdin.on('end', () => this.#stop('stdin ended'));
      this.#host.stdin.on('error', () => this.#stop('stdin failed'));
      this.#host.stdin.resume();
    }
  }

  context(): ServiceContext {
    const log = this.#log ?? createLog({ name: this.#name, level: 'info' });
    return { log, environment: this.#host.env, signal: this.#stopping.signal };
  }

  async live(service: Service): Promise<void> {
    this.#service = service;
    if (this.#stopping.signal.aborted) {
      await this.#drain(service);
    }
  }

  /** The start failed; one that was given up because a stop was asked for is no failure. */
  fail(error: unknown): void {
    if (this.#stopping.signal.aborted) {
      this.#host.exit(0);
    } else if (error instanceof StartError) {
      this.#say(error.message.replaceAll(/\s*\n\s*/g, ' '));
      this.#host.exit(1);
    } else {
      this.#crash(error);
    }
  }

  #listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      this.#host.on(signal, () => {
        if (this.#stopping.signal.aborted) {
          this.#host.exit(128 + constants.signals[signal]);
        } else {
          this.#stop(signal);
        }
      });
    }
    this.#host.on('uncaughtException', (error) => this.#crash(error));
    this.#host.on('unhandledRejection', (error) => this.#crash(error));
  }

  #stop(why: string): void {
    if (this.#stopping.signal.aborted) {
      return;
    }
    this.#log?.info({ why }, 'stopping');
    this.#stopping.abort();
    if (this.#service !== undefined) {
      void this.#drain(this.#service);
    }
  }

  async #drain(service: Service): Promise<void> {
    try {
      await service.stop();
      this.#log?.info('stopped');
      this.#host.exit(0);
    } catch (error) {
      this.#crash(error);
    }
  }

  #crash(error: unknown): void {
    if (this.#log === undefined) {
      this.#say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } else {
      this.#log.fatal({ err: error }, 'the service failed');
    }
    this.#host.exit(1);
  }

  #say(text: string): void {
    this.#host.stderr.write(`flotilla ${this.#name}: ${text}\n`);
  }
}
