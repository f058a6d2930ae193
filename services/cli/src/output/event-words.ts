import { type Event, isSettled } from '@flotilla/domain';
import { shortId } from './short-id.ts';
import { spanWords } from './span-words.ts';
import { paintState, stateWithReason } from './state-words.ts';
import type { Colours } from './style.ts';

type JobEvent = Extract<Event, { entity: 'job' }>;
type AlarmEvent = Extract<Event, { entity: 'alarm' }>;
type RunEvent = Extract<Event, { entity: 'run' }>;
type RunFact = RunEvent['data'];

/** A run that is due sooner than this is due now. */
const dueNowMs = 1_000;

/** What has happened, in a few words. */
export function eventWords(event: Event): string {
  switch (event.entity) {
    case 'run':
      return runWords(event);
    case 'job':
      return jobWords(event);
    case 'alarm':
      return alarmWords(event);
  }
}

function runWords({ type, at, data }: RunEvent): string {
  switch (type) {
    case 'run.queued':
      return data.cause === 'schedule'
        ? `planned${dueWords(data, at)}`
        : `queued by ${data.actor ?? causeWords(data)}${dueWords(data, at)}`;
    case 'run.triggered':
      return `triggered by ${parentWords(data)}${dueWords(data, at)}`;
    case 'run.blocked':
      return waitWords(data);
    case 'run.unblocked':
      return 'waits no longer';
    case 'run.delayed':
      return `delayed${dueWords(data, at)}`;
    case 'run.moved':
      return 'moved with its job';
    case 'run.started':
      return data.attempt > 1 ? `started, attempt ${data.attempt}` : 'started';
    case 'run.retrying':
      return `${data.reason === null ? `try ${data.failures} failed` : `failed: ${data.reason}`}, next try${dueSoon(data, at)}`;
    case 'run.requeued':
      return `queued again${byWords(data)}${dueWords(data, at)}`;
    case 'run.withdrawn':
      return 'plan withdrawn';
    case 'run.cancel_requested':
      return `asked to stop${byWords(data)}`;
    case 'run.succeeded':
      return `succeeded${tookWords(data)}`;
    case 'run.failed':
    case 'run.timed_out':
    case 'run.interrupted':
      return `${stateWithReason(data)}${tookWords(data)}${triesWords(data)}`;
    case 'run.cancelled':
      return `${stateWithReason(data)}${byWords(data)}${tookWords(data)}`;
    case 'run.skipped':
    case 'run.missed':
    case 'run.expired':
      return `${stateWithReason(data)}${data.tickCount > 1 ? ` (${data.tickCount} ticks)` : ''}`;
  }
}

function jobWords({ type, data }: JobEvent): string {
  switch (type) {
    case 'job.changed':
      return `${changeWords(data)} by ${data.actor}`;
    case 'job.deleted':
      return `deleted by ${data.actor}`;
    case 'job.blocked':
      return `its schedule cannot be computed${data.message === undefined ? '' : `: ${data.message}`}`;
    case 'job.paused':
      return `paused by ${data.actor}${data.reason ? `: ${data.reason}` : ''}`;
    case 'job.resumed':
      return `resumed by ${data.actor}`;
  }
}

function alarmWords({ type, data }: AlarmEvent): string {
  switch (type) {
    case 'alarm.raised':
      return `alarm: ${data.message}`;
    case 'alarm.resolved':
      return `over: ${data.message}`;
  }
}

function changeWords({ oldRevision, revision, enabled }: JobEvent['data']): string {
  if (oldRevision === null) return 'created';
  if (oldRevision !== revision) return `changed to revision ${revision}`;
  return enabled ? 'enabled' : 'disabled';
}

function waitWords({ blockedBy, pool }: RunFact): string {
  if (blockedBy === 'overlap') return 'waits for another run of its job';
  return blockedBy === 'pool' ? `waits for room in pool "${pool}"` : 'waits';
}

function byWords({ actor }: RunFact): string {
  return actor === undefined ? '' : ` by ${actor}`;
}

function causeWords({ cause }: RunFact): string {
  return cause === 'manual' ? 'hand' : cause;
}

function parentWords({ parent, parents = [] }: RunFact): string {
  if (parents.length > 0) return `runs ${parents.map(shortId).join(', ')}`;
  return parent === null ? 'its parent' : `run ${shortId(parent)}`;
}

function dueWords(data: RunFact, at: string): string {
  return msUntilDue(data, at) < dueNowMs ? '' : `, due${dueSoon(data, at)}`;
}

function dueSoon(data: RunFact, at: string): string {
  const aheadMs = msUntilDue(data, at);
  return aheadMs < 50 ? ' now' : ` in ${spanWords(aheadMs)}`;
}

function msUntilDue({ dueAt }: RunFact, at: string): number {
  return Date.parse(dueAt) - Date.parse(at);
}

function tookWords({ startedAt, settledAt }: RunFact): string {
  if (startedAt === null || settledAt === null) return '';
  return ` after ${spanWords(Date.parse(settledAt) - Date.parse(startedAt))}`;
}

function triesWords({ failures }: RunFact): string {
  return failures > 1 ? `, ${failures} tries` : '';
}

/** The colour of what has happened. */
export function paintEvent(words: string, event: Event, colours: Colours): string {
  switch (event.entity) {
    case 'run':
      return paintRun(words, event, colours);
    case 'job':
      return paintJob(words, event, colours);
    case 'alarm':
      return paintAlarm(words, event, colours);
  }
}

function paintRun(words: string, { type, data }: RunEvent, colours: Colours): string {
  if (type === 'run.retrying' || type === 'run.requeued' || type === 'run.cancel_requested')
    return colours.yellow(words);
  if (type === 'run.withdrawn') return colours.dim(words);
  // A plan and a start are what happens all the time; endings are what people look for.
  return isSettled(data.state) || data.state === 'running'
    ? paintState(words, data.state, colours)
    : colours.dim(words);
}

function paintJob(words: string, { type }: JobEvent, colours: Colours): string {
  return type === 'job.blocked' ? colours.red(words) : colours.magenta(words);
}

function paintAlarm(words: string, { type }: AlarmEvent, colours: Colours): string {
  return type === 'alarm.raised' ? colours.red(words) : colours.green(words);
}
