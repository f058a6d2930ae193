import { randomUUID } from 'node:crypto';
import { maxDocumentBytes } from '@flotilla/domain';
import type { QueueViews } from '@flotilla/queue';
import type { WorkerView } from '@flotilla/storage';
import fastify from 'fastify';
import { answerErrors, type OnFailure, refuseBadAddress } from './answer-errors.ts';
import type { App } from './app.ts';
import { type Credentials, requireCaller } from './auth.ts';
import { closeQuietConnections } from './close-quiet-connections.ts';
import { takeJsonBodies } from './json-body.ts';
import type { EventLink } from './live/event-link.ts';
import type { FanOut } from './live/fan-out.ts';
import { type Logins, loginRoutes } from './login/login-routes.ts';
import { refuseOtherMethods } from './method-not-allowed.ts';
import { describeRoutes } from './openapi.ts';
import { queuePages, type ShownQueues } from './queue-pages.ts';
import { alarmRoutes, type ListAlarms } from './routes/alarms.ts';
import { type DeletedJobs, deleteJobRoute } from './routes/delete-job.ts';
import { eventRoutes } from './routes/events.ts';
import { homeRoute } from './routes/home.ts';
import { type JobPauses, jobPauseRoutes } from './routes/job-pause.ts';
import { type JobSwitch, jobSwitchRoutes } from './routes/job-switch.ts';
import { type Jobs, jobRoutes } from './routes/jobs.ts';
import { type ManualRuns, manualRunRoute } from './routes/manual-runs.ts';
import { type Pools, poolRoutes } from './routes/pools.ts';
import { previewRoute } from './routes/preview.ts';
import { putJobRoute, type WrittenJobs } from './routes/put-job.ts';
import { type Cancels, runCancelRoute } from './routes/run-cancel.ts';
import { type RunLogs, runLogRoute } from './routes/run-log.ts';
import { type Retries, runRetryRoute } from './routes/run-retry.ts';
import { type Runs, runRoutes } from './routes/runs.ts';
import { type OpenLink, sessionRoutes } from './routes/session.ts';
import { type Tokens, tokenRoutes } from './routes/tokens.ts';
import { type Moments, whyRoute } from './routes/why.ts';
import { workerRoutes } from './routes/workers.ts';
import { validate } from './validate.ts';

/** A client that sends its request slower than this is cut off. */
const requestTimeoutMs = 30_000;

/** What the routes ask of the ledger; `ledger.ts` answers from Postgres. */
export interface Ledger {
  readonly callers: Credentials & Logins & { readonly openLink: OpenLink };
  readonly jobs: Jobs & WrittenJobs & DeletedJobs & JobSwitch & JobPauses & ManualRuns & Moments;
  readonly runs: Runs & RunLogs & Retries & Pick<Cancels, 'request'>;
  readonly pools: Pools & { readonly names: ShownQueues['pools'] };
  readonly tokens: Tokens;
  listWorkers(): Promise<readonly WorkerView[]>;
  readonly listAlarms: ListAlarms;
}

/** What the routes ask of NATS. */
export interface Live extends Pick<EventLink, 'follow' | 'hint' | 'cancel' | 'tails'> {
  readonly fanOut: FanOut;
}

export interface ServerOptions {
  readonly ledger: Ledger;
  readonly live: Live;
  /** What Bull Board shows. */
  readonly queues: Pick<QueueViews, 'of'>;
  readonly version: string;
  readonly onFailure: OnFailure;
}

/** The HTTP door, ready to listen. Closing it ends followers and waits, and lets requests under way finish. */
export async function createServer(options: ServerOptions): Promise<App> {
  const { ledger, live, queues, version, onFailure } = options;
  const app: App = fastify({
    bodyLimit: maxDocumentBytes,
    requestTimeout: requestTimeoutMs,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: refuseBadAddress,
  });
  app.decorateRequest('actor', '');
  app.decorateRequest('caller', null);
  app.setValidatorCompiler(validate);
  // Replies are typed by their schemas; checking them again would let one old document fail a whole list.
  app.setSerializerCompiler(() => (reply: unknown) => JSON.stringify(reply));
  takeJsonBodies(app);
  closeQuietConnections(app);
  answerErrors(app, onFailure);

  const refuseOthers = refuseOtherMethods(app);
  await describeRoutes(app, version);
  homeRoute(app, version);
  loginRoutes(app, ledger.callers, Date.now);
  await app.register(async (api: App) => apiRoutes(api, ledger, live), { prefix: '/api/v1' });
  refuseOthers();
  await queuePages(app, { of: queues.of, pools: ledger.pools.names }, ledger.callers, onFailure);
  return app;
}

function apiRoutes(api: App, ledger: Ledger, live: Live): void {
  api.addHook('onRequest', requireCaller(ledger.callers));
  api.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, security: [{ token: [] }] };
  });
  const stopping = new AbortController();
  api.addHook('preClose', async () => stopping.abort());
  const { jobs, runs } = ledger;

  jobRoutes(api, jobs);
  putJobRoute(api, jobs, () => live.hint('plan'));
  deleteJobRoute(api, jobs);
  jobSwitchRoutes(api, jobs, () => live.hint('plan'));
  jobPauseRoutes(api, jobs, () => live.hint('plan'));
  manualRunRoute(api, jobs, () => live.hint('hand-out'));
  previewRoute(api, jobs, Date.now);
  whyRoute(api, jobs, Date.now);
  runRoutes(api, runs);
  runLogRoute(api, runs, live);
  runCancelRoute(api, { ...runs, tellWorker: live.cancel }, stopping.signal);
  runRetryRoute(api, runs, () => live.hint('hand-out'));
  eventRoutes(api, live, {
    isJob: async (slug) => (await jobs.get(slug)) !== null,
    nearestSlug: jobs.nearestSlug,
    isRun: async (id) => (await runs.get(id)) !== null,
  });
  poolRoutes(api, ledger.pools, () => live.hint('admit-blocked'));
  workerRoutes(api, ledger.listWorkers);
  alarmRoutes(api, ledger.listAlarms);
  tokenRoutes(api, ledger.tokens);
  sessionRoutes(api, ledger.callers.openLink);
}
