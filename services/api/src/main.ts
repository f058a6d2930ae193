import {
  createHealth,
  createRegistry,
  runService,
  type ServiceContext,
  StartError,
  version,
  withTimeLimit,
} from '@flotilla/runtime';
import type { Store } from '@flotilla/storage';
import type { App } from './app.ts';
import { type ApiConfig, readConfig } from './config.ts';
import { ledgerIn } from './ledger.ts';
import { type EventLink, openEventLink } from './live/event-link.ts';
import { createFanOut } from './live/fan-out.ts';
import { logEvents } from './log-events.ts';
import { checkStore, openStore } from './open-store.ts';
import { createServer } from './server.ts';

/** Requests under way are cut off after this. */
const stopLimitMs = 10_000;

await runService('api', async ({ environment, log }: ServiceContext) => {
  const lines = logEvents(log);
  const config = readConfig(environment, lines.onConfigWarning);
  const store = await openStore(config.databaseUrl);
  const fanOut = createFanOut();
  const nats = { url: config.natsUrl, name: 'flotilla api' };
  const link = await openEventLink(nats, fanOut, lines.onEventsLost);

  const live = { fanOut, ...link };
  const app = await createServer({ ledger: ledgerIn(store), live, version, onFailure: lines.onFailure });
  const url = await listen(app, config);
  const health = serveHealth(config, store, link);
  lines.onListening(url, await health.start());

  return {
    async stop() {
      await closeWithin(app, lines.onStopCut);
      await link.stop();
      await store.close();
      await health.stop();
    },
  };
});

function serveHealth({ healthHost: host, healthPort: port }: ApiConfig, store: Store, link: EventLink) {
  const registry = createRegistry('api');
  const checks = { postgres: () => checkStore(store), nats: () => link.check() };
  return createHealth({ host, port, checks, registry });
}

async function listen(app: App, { host, port }: ApiConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot listen on ${host}:${port} (FLOTILLA_API_HOST, FLOTILLA_API_PORT): ${why}`);
  }
}

async function closeWithin(app: App, onCut: (limitMs: number) => void): Promise<void> {
  await withTimeLimit(stopLimitMs, app.close()).catch(() => {
    app.server.closeAllConnections();
    onCut(stopLimitMs);
  });
}
