import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { withTimeLimit } from './clock.ts';
import { variable } from './config.ts';
import { StartError } from './start-error.ts';

/** Answers null where all is well, else what is wrong, in one short line. */
export type Check = () => Promise<string | null> | string | null;

export type HealthOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  /** What is the matter with the fleet: shown, and no reason not to be ready. */
  readonly alarms?: () => Promise<readonly HealthAlarm[]>;
  readonly checkLimitMs?: number;
};

/** An open alarm that concerns readiness. */
export type HealthAlarm = { readonly kind: string; readonly subject: string; readonly message: string };

/** `GET /healthz`, `/readyz` and `/metrics`, open, on a port of their own. */
export type Health = {
  /** Resolves with the address, e.g. `http://127.0.0.1:40123`. */
  start(): Promise<string>;
  stop(): Promise<void>;
};

export const DEFAULT_CHECK_LIMIT_MS = 2_000;

/** Every service spreads these into its own variables. */
export const healthVariables = {
  healthHost: variable('FLOTILLA_HEALTH_HOST', z.string().default('127.0.0.1')),
  healthPort: variable(
    'FLOTILLA_HEALTH_PORT',
    z.coerce.number().int().min(0).max(65_535).default(0).describe('a port from 0 (any free one) to 65535'),
  ),
};

export function createHealth(options: HealthOptions): Health {
  const { host, port, checks, registry, checkLimitMs = DEFAULT_CHECK_LIMIT_MS } = options;
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch((error: unknown) => {
      sendJson(response, 500, { error: messageOf(error) });
    });
  });

  async function answer(url: string, response: ServerResponse): Promise<void> {
    switch (url.replace(/\?.*/, '')) {
      case '/healthz':
        return sendJson(response, 200, { alive: true });
      case '/readyz': {
        const [{ ready, red }, alarms] = await Promise.all([readiness(checks, checkLimitMs), listAlarms()]);
        return sendJson(response, ready ? 200 : 503, { ready, checks: Object.keys(checks), red, ...alarms });
      }
      case '/metrics': {
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(text);
        return;
      }
      default:
        return sendJson(response, 404, { error: 'only /healthz, /readyz and /metrics are here' });
    }
  }

  /** Where they cannot be read, the checks say why. */
  async function listAlarms(): Promise<{ alarms?: readonly HealthAlarm[] }> {
    if (options.alarms === undefined) return {};
    return withTimeLimit(checkLimitMs, options.alarms()).then(
      (alarms) => ({ alarms }),
      () => ({}),
    );
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error) => {
          const where = `http://${host}:${port}`;
          reject(new StartError(`cannot listen on ${where} (FLOTILLA_HEALTH_PORT): ${error.message}`));
        });
        server.listen(port, host, () => resolve(addressOf(server.address() as AddressInfo)));
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve()); // its error says that it was not running, which is what was asked
        server.closeAllConnections();
      }),
  };
}

/** Asks all checks at once, each within its limit; `red` maps the name of each failing one to its reason. */
export async function readiness(
  checks: Readonly<Record<string, Check>>,
  limitMs: number,
): Promise<{ ready: boolean; red: Record<string, string> }> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string | null]> => {
      try {
        return [name, await withTimeLimit(limitMs, Promise.resolve().then(check))];
      } catch (error) {
        return [name, messageOf(error)];
      }
    }),
  );
  const red = answers.filter((each): each is [string, string] => each[1] !== null);
  return { ready: red.length === 0, red: Object.fromEntries(red) };
}

function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
