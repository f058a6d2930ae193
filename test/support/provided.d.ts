import 'vitest';

declare module 'vitest' {
  /** What `inject` gives to tests of the project `servers`. Urls carry credentials. */
  export interface ProvidedContext {
    pgUrl: string;
    redisUrl: string;
    natsUrl: string;
    /** Cache of fetched servers, for tests that start their own. */
    binariesDir: string;
    /** For temporary folders: deleted after the run, however it ends. */
    runDir: string;
  }
}
