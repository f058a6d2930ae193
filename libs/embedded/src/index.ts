/** Private Postgres, Redis and NATS servers on loopback, and a gateway that answers without a model. */
export { afterOurEnd } from './after-our-end.ts';
export { type EchoGateway, echoModel, serveEchoGateway } from './echo-gateway/serve-echo-gateway.ts';
export { findBinary } from './find-binary.ts';
export { freePort } from './free-port.ts';
export { identityOf, type ProcessIdentity } from './identity-of.ts';
export { prepareNats } from './prepare-nats.ts';
export { type PostgresOptions, preparePostgres } from './prepare-postgres.ts';
export { prepareRedis } from './prepare-redis.ts';
export type { ServerOptions, ServerSpec } from './server-spec.ts';
export { type Exit, type RunningServer, type StartOptions, startServer } from './start-server.ts';
