import type { Log } from '@flotilla/runtime';
import type { ClaimedRun, SettleResult } from '@flotilla/storage';

/** The worker's log lines, all of them. */
export function logEvents(log: Log) {
  return {
    configWarning: (line: string) => log.warn(line),
    started: (workerId: string, health: string) =>
      log.info({ worker: workerId, health }, 'the worker is at work'),
    poolsUnknown: (pools: readonly string[]) =>
      log.warn({ pools }, 'nobody has made these pools yet: they are served once "flotilla pools set" has'),
    leftoversSwept: (folders: number) => log.info({ folders }, 'removed folders that earlier workers left'),
    beatFailed: (error: unknown) => log.warn({ err: error }, 'a beat failed and will be sent again'),
    declaredDead: (workerId: string) =>
      log.error({ worker: workerId }, 'declared dead: turns are ended, joining under a new id'),
    guardLost: (workerId: string) =>
      log.error({ worker: workerId }, 'the guard has ended and its turns with it: starting another one'),
    clockSkewed: (skewMs: number) =>
      log.warn({ skewMs }, 'the clock of this worker and that of the database differ: look at NTP on both'),
    clockAgrees: () => log.info('the clock of this worker and that of the database agree again'),
    disowned: (runId: string) => log.error({ run: runId }, 'the run is not ours any more: its turn is ended'),
    handedBack: (runs: readonly string[]) =>
      log.warn({ runs }, 'handed back runs that were claimed and never started'),
    runStarted: (run: ClaimedRun, lateMs: number) =>
      log.debug({ run: run.runId, attempt: run.attempt, lateMs }, 'started'),
    runSettled: (run: ClaimedRun, result: SettleResult) =>
      log.debug({ run: run.runId, attempt: run.attempt, result: result.kind }, 'settled'),
    turnFailed: (run: ClaimedRun, error: unknown) =>
      log.error({ run: run.runId, err: error }, 'a turn could not be carried out'),
    turnNotBegun: (run: ClaimedRun, why: string) =>
      log.warn({ run: run.runId, why }, 'a turn could not be begun here: its run goes back'),
    settleRefused: (runId: string, error: unknown, tries: number) =>
      log.warn({ run: runId, err: error, tries }, 'a result was not taken and is offered again'),
    settleStuck: (runId: string, sqlstate: string | null) =>
      log.error({ run: runId, sqlstate }, 'a result was not taken for a minute: it is kept and offered on'),
    settleUnstuck: (runId: string) => log.info({ run: runId }, 'a result that was kept has been answered'),
    alarmsFailed: (error: unknown) => log.warn({ err: error }, 'alarms were not taken and are told again'),
    logAppendFailed: (error: unknown) =>
      log.warn({ err: error }, 'a piece of a log was not taken and is offered again'),
    queueProblem: (error: Error) => log.warn({ err: error }, 'Redis'),
    draining: (inHand: number) => log.info({ inHand }, 'draining'),
  };
}

export type WorkerEvents = ReturnType<typeof logEvents>;
