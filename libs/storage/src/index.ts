export { admitBlocked } from './admit-blocked.ts';
export { beginAfterRestore, type RestoreResult, restoreSteps } from './after-restore.ts';
export { type AlarmView, listAlarms, listGraveAlarms, type NotedAlarms, noteAlarms } from './alarms.ts';
export { type AttemptEnd, type SettleResult, settleBatch } from './attempt-end.ts';
export type { AttemptView } from './attempt-view.ts';
export { type CancelResult, requestCancel } from './cancel.ts';
export { claimBatch, claimRuns } from './claim.ts';
export type { Claim, ClaimedRun, ClaimResult } from './claim-try.ts';
export { readClock } from './clock.ts';
export { connect, type Session, type Store, type StoreOptions } from './connect.ts';
export { type DeleteResult, deleteJob } from './delete-job.ts';
export { isTransient, StorageUnavailable, sqlState } from './errors.ts';
export {
  countUnpublished,
  listUnpublishedLanes,
  markPublished,
  readUnpublished,
  refuseEvent,
  type UnpublishedEvent,
  type UnpublishedLane,
} from './events.ts';
export { expireRuns } from './expire.ts';
export {
  type HandOut,
  handOutBounds,
  listWaitingPools,
  markHandedOut,
  poolLagMs,
  readHandOut,
} from './hand-out.ts';
export { getJob, type JobView, type PauseView } from './job-view.ts';
export {
  type Conflict,
  type JobEdit,
  type PutResult,
  putJob,
  type SwitchResult,
  setJobEnabled,
} from './jobs.ts';
export { declareDead, declareDeadByEvidence, type Judged, judgePass } from './judge.ts';
export { dropLease, type Lease, leaseMs, renumberLease, takeLease } from './leases.ts';
export { type JobFilter, listJobs } from './list-jobs.ts';
export {
  appendLogChunks,
  type LogChunk,
  type LogPiece,
  type LogPlace,
  makeLogPartitions,
  readLog,
  readLogFrom,
} from './logs.ts';
export { nearestSlug } from './nearest-slug.ts';
export { insertNewRuns, type NewRun } from './new-run.ts';
export { openStore, storeProblem } from './open-store.ts';
export { BadCursor, type Page } from './page.ts';
export { type PauseEdit, PauseIsOver, pauseJob, resumeJob } from './pause-job.ts';
export { type PlanResult, planDueRuns } from './plan.ts';
export {
  type DeletePoolResult,
  deletePool,
  getPool,
  listPoolNames,
  listPools,
  maxPools,
  nearestPool,
  type PoolView,
  type PutPoolResult,
  putPool,
} from './pools.ts';
export { type Presence, readPresence } from './presence.ts';
export {
  dropLogPartitions,
  type Prune,
  pruneAlarms,
  pruneBatch,
  pruneEndings,
  pruneEvents,
  pruneOutputs,
  pruneRuns,
  pruneStrayLogChunks,
  pruneWorkers,
} from './prune.ts';
export {
  clearMarks,
  finishClearing,
  listConsumedPools,
  loseMarks,
  type OverdueRun,
  type Position,
  type QueueLife,
  raiseQueueEpoch,
  readOverdue,
  readQueueLife,
  rebuildBounds,
  recordTide,
} from './rebuild.ts';
export { recoverLostRuns } from './recover.ts';
export { type RetryResult, retryRun } from './retry-run.ts';
export type { RunView } from './run-view.ts';
export {
  countOpenRuns,
  findRuns,
  getRun,
  getRunProgress,
  listRuns,
  type RunDetail,
  type RunFilter,
  type RunProgress,
} from './runs.ts';
export {
  listZonesInUse,
  readServerSettings,
  refusesStartupOptions,
  type ServerSettings,
} from './server-settings.ts';
export {
  type BrowserSession,
  closeSession,
  findSession,
  type OpenedSession,
  openSession,
  useLoginLink,
} from './sessions.ts';
export { type SettleOptions, settleAttempts } from './settle.ts';
export { eventLanes } from './sql/run-facts.ts';
export { type ManualRunResult, startManualRun } from './start-manual-run.ts';
export {
  clearLaneMarks,
  finishLane,
  type LaneLife,
  raiseStreamEpoch,
  readLaneLife,
  readLastMark,
  type StreamMark,
  type StreamPlace,
} from './stream-lanes.ts';
export {
  authenticate,
  type CreateTokenResult,
  createToken,
  ensureAdminToken,
  type Identity,
  listTokens,
  maxTokens,
  revokeToken,
  type TokenView,
} from './tokens.ts';
export { readTurns, type TurnOrder } from './turns.ts';
export type { RoomMade } from './unblock.ts';
export { readConditions } from './watch.ts';
export { readWhy, type Why } from './why.ts';
export {
  type Beat,
  type BeatAnswer,
  handBack,
  leaveFleet,
  listWorkers,
  registerWorker,
  sendBeat,
  type WorkerIntroduction,
  type WorkerView,
} from './workers.ts';
