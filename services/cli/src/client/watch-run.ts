import { type Event, isSettled } from '@flotilla/domain';
import type { ApiClient } from './api-client.ts';
import type { RunBody, RunDetailBody } from './bodies.ts';
import { followEvents } from './follow-events.ts';
import { settledRun } from './settled-run.ts';

type RunEvent = Extract<Event, { entity: 'run' }>;

export interface RunWatcher {
  /** How the run stands: at the beginning, and where events may have been missed. */
  readonly onState: (run: RunBody) => void;
  readonly onEvent: (event: RunEvent) => void;
  readonly onBreak: () => void;
  readonly lookMs?: number;
}

/** Beside the events: they may be late, where NATS is away. */
const defaultLookMs = 5_000;

/** Tells of a run as it happens, until it is settled; gives it as it is then. */
export async function watchRun(client: ApiClient, id: string, watcher: RunWatcher): Promise<RunDetailBody> {
  const { lookMs = defaultLookMs } = watcher;
  const over = new AbortController();
  const { signal } = over;
  const patience = { timeoutMs: null, firstPauseMs: lookMs, longestPauseMs: lookMs, signal };
  try {
    const run = await Promise.race([
      toldToTheEnd(client, id, watcher, signal),
      settledRun(client, id, patience),
    ]);
    return run ?? (await settledRun(client, id, { timeoutMs: null }));
  } finally {
    over.abort();
  }
}

/** Ends with the event that settles the run. */
async function toldToTheEnd(
  client: ApiClient,
  id: string,
  { onState, onEvent, onBreak }: RunWatcher,
  signal: AbortSignal,
): Promise<null> {
  let version = 0;
  const onFresh = async () => {
    const run = await client.get<RunBody>(['runs', id]);
    if (run.version > version) onState(run);
    version = Math.max(version, run.version);
  };
  for await (const event of followEvents(client, { run: id }, { onBreak, onFresh, signal })) {
    if (event.entity !== 'run' || event.data.version <= version) continue;
    version = event.data.version;
    onEvent(event);
    if (isSettled(event.data.state)) break;
  }
  return null;
}
