import * as storage from '@flotilla/storage';
import type { Ledger } from './server.ts';

/** The ledger in Postgres, as the routes ask for it. */
export function ledgerIn(store: storage.Store): Ledger {
  return {
    callers: {
      authenticate: (token) => storage.authenticate(store, token),
      findSession: (secret) => storage.findSession(store, secret),
      openSession: (tokenId) => storage.openSession(store, tokenId, 'browser'),
      openLink: (tokenId) => storage.openSession(store, tokenId, 'link'),
      useLink: (secret) => storage.useLoginLink(store, secret),
      closeSession: (secret) => storage.closeSession(store, secret),
    },
    jobs: {
      put: (edit) => storage.putJob(store, edit),
      get: (slug) => storage.getJob(store, slug),
      list: (filter) => storage.listJobs(store, filter),
      delete: (slug, options) => storage.deleteJob(store, slug, options),
      setEnabled: (slug, options) => storage.setJobEnabled(store, slug, options),
      pause: (slug, edit) => storage.pauseJob(store, slug, edit),
      resume: (slug, edit) => storage.resumeJob(store, slug, edit),
      start: (slug, options) => storage.startManualRun(store, slug, options),
      why: (slug, at) => storage.readWhy(store, slug, at),
      nearestSlug: (slug) => storage.nearestSlug(store, slug),
    },
    runs: {
      list: (filter) => storage.listRuns(store, filter),
      get: (id) => storage.getRun(store, id),
      find: (idEnd) => storage.findRuns(store, idEnd),
      read: (id, filter) => storage.readLog(store, id, filter),
      readFrom: (id, attempt, from) => storage.readLogFrom(store, id, attempt, from),
      progress: (id) => storage.getRunProgress(store, id),
      retry: (id, options) => storage.retryRun(store, id, options),
      request: (id, actor) => storage.requestCancel(store, id, actor),
    },
    pools: {
      list: () => storage.listPools(store),
      names: () => storage.listPoolNames(store),
      get: (name) => storage.getPool(store, name),
      put: (pool) => storage.putPool(store, pool),
      delete: (name) => storage.deletePool(store, name),
      nearest: (name) => storage.nearestPool(store, name),
    },
    tokens: {
      create: (token) => storage.createToken(store, token),
      list: () => storage.listTokens(store),
      revoke: (name) => storage.revokeToken(store, name),
    },
    listWorkers: () => storage.listWorkers(store),
    listAlarms: (filter) => storage.listAlarms(store, filter),
  };
}
