import { openQueueViews } from '@flotilla/queue';
import {
  createHealth,
  createRegistry,
  observePools,
  orRefuseToStart,
  runService,
  version,
  withTimeLimit,
} from '@flotilla/runtime';
import { listGraveAlarms, openStore, storeProblem } from '@flotilla/storage';
import type { App } from './app.ts';
import { type ApiConfig, readConfig } from './config.ts';
import { ledgerIn } from './ledger.ts';
import { openEventLink } from './live/event-link.ts';
import { createFanOut } from './live/fan-out.ts';
import { logEvents } from './log-events.ts';
import { createServer } from './server.ts';

const maxConnections = 10;
/** Requests under way are cut off after this. */
const stopLimitMs = 10_000;

await runService('api', async ({ environment, log }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const name = 'flotilla api';
  const store = await orRefuseToStart(
    openStore({ url: config.databaseUrl, applicationName: name, maxConnections }),
  );
  const fanOut = createFanOut();
  const link = await orRefuseToStart(openEventLink({ url: config.natsUrl, name }, fanOut, events.eventsLost));

  const views = openQueueViews(config.redisUrl, events.redisProblem);
  const app = await createServer({
    ledger: ledgerIn(store),
    live: { fanOut, ...link },
    queues: views,
    version,
    onFailure: events.requestFailed,
  });
  const url = await orRefuseToStart(listen(app, config));
  const registry = createRegistry('api');
  observePools(registry, { api: store });
  const health = createHealth({
    host: config.healthHost,
    port: config.healthPort,
    registry,
    checks: { postgres: () => storeProblem(store), nats: link.check },
    alarms: () => listGraveAlarms(store),
  });
  events.started(url, await health.start());

  return {
    async stop() {
      await withTimeLimit(stopLimitMs, app.close()).catch(() => {
        events.requestsCut(stopLimitMs);
        app.server.closeAllConnections();
      });
      await Promise.all([link.stop(), views.close(), health.stop()]);
      await store.close();
    },
  };
});

async function listen(app: App, { host, port }: ApiConfig): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot listen on ${host}:${port} (FLOTILLA_API_HOST, FLOTILLA_API_PORT): ${why}`);
  }
}
