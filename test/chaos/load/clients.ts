import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.ts';
import type { Ask } from './client.ts';
import { editedDocument } from './jobs.ts';
import type { LoadJob } from './put-jobs.ts';

/** Milliseconds between two acts of each client, on average; those left out do nothing. */
export interface Clients {
  readonly starts?: number;
  readonly bursts?: number;
  readonly cancels?: number;
  readonly cancelsOfTicks?: number;
  readonly edits?: number;
  readonly pauses?: number;
}

/** What clients do until they are told to end. Each of them asks one question at a time. */
export async function startClients(
  ask: Ask,
  clients: Clients,
  jobs: readonly LoadJob[],
  chance: Chance,
  signal: AbortSignal,
): Promise<void> {
  const edited = jobs.filter(({ isEdited }) => isEdited).map(({ id }) => id);
  const ticking = jobs.filter(({ document }) => 'schedule' in document).map(({ id }) => id);
  const acts: Readonly<Record<keyof Clients, (chance: Chance) => Promise<unknown>>> = {
    starts: startRun(ask),
    bursts: startBurst(ask),
    cancels: startAndCancel(ask, signal),
    cancelsOfTicks: cancelAny(ask, ticking),
    edits: editJob(ask, edited),
    pauses: pauseBriefly(ask, edited, signal),
  };
  const names = Object.keys(acts) as (keyof Clients)[];
  await Promise.all(
    names.map(async (name) => {
      const meanMs = clients[name];
      if (meanMs !== undefined) await repeat(meanMs, chance.fork(name), acts[name], signal);
    }),
  );
}

async function repeat(
  meanMs: number,
  chance: Chance,
  act: (chance: Chance) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(chance.between(0, 2 * meanMs), undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await act(chance);
  }
}

/** Most with a key, of which every third is used again. */
function startRun(ask: Ask) {
  let count = 0;
  return async (chance: Chance) => {
    const key = chance.happens(0.3) ? `key-${chance.below(count + 1)}` : `key-${++count}`;
    const job = 'manual-allow';
    const question = { what: 'start', method: 'POST', path: `/jobs/${job}/runs`, job } as const;
    await ask(chance.happens(0.8) ? { ...question, key } : question);
  };
}

/** Several runs of a `skip` job at once: one of them may start. */
function startBurst(ask: Ask) {
  const job = 'manual-skip';
  return (chance: Chance) =>
    Promise.all(
      Array.from({ length: 2 + chance.below(6) }, () =>
        ask({ what: 'start', method: 'POST', path: `/jobs/${job}/runs`, job }),
      ),
    );
}

/** A long run that is ended by its client; the answer is waited for. */
function startAndCancel(ask: Ask, signal: AbortSignal) {
  const job = 'manual-long';
  return async (chance: Chance) => {
    const { id } = await ask({ what: 'start', method: 'POST', path: `/jobs/${job}/runs`, job });
    if (id === undefined) return;
    await sleep(chance.between(0, 4_000), undefined, { signal }).catch(() => undefined);
    await ask({ what: 'cancel', method: 'POST', path: `/runs/${id}/cancel?wait=10s`, job, run: id });
  };
}

/** A run that happens to be under way, or whose tick has not come. */
function cancelAny(ask: Ask, jobs: readonly string[]) {
  return async (chance: Chance) => {
    const job = chance.pick(jobs);
    const page = (await ask({ what: 'list', method: 'GET', path: `/runs?job=${job}&limit=10`, job })) as {
      items?: readonly { id: string; state: string }[];
    };
    const open = page.items?.filter(({ state }) => state === 'running' || state === 'queued') ?? [];
    if (open.length === 0) return;
    const { id: run } = chance.pick(open);
    await ask({ what: 'cancel', method: 'POST', path: `/runs/${run}/cancel?wait=10s`, job, run });
  };
}

function editJob(ask: Ask, jobs: readonly string[]) {
  return async (chance: Chance) => {
    const index = chance.below(jobs.length);
    const job = jobs[index] ?? '';
    const path = `/jobs/${job}`;
    const put = () => ask({ what: 'put', method: 'PUT', path, body: editedDocument(index, chance), job });
    const post = (what: string, body?: object) =>
      ask({ what, method: 'POST', path: `${path}/${what}`, job, ...(body === undefined ? {} : { body }) });
    const act = chance.pick([
      put,
      put,
      put,
      'disable',
      'enable',
      'pause',
      'resume',
      'resume',
      'delete',
    ] as const);
    if (typeof act === 'function') await act();
    else if (act === 'pause') await post('pause', { reason: 'chaos' });
    else if (act !== 'delete') await post(act);
    else {
      await ask({ what: 'delete', method: 'DELETE', path, job });
      await put();
    }
  };
}

/** A pause that is over before ticks come that were planned at its beginning. */
function pauseBriefly(ask: Ask, jobs: readonly string[], signal: AbortSignal) {
  return async (chance: Chance) => {
    const job = chance.pick(jobs);
    const path = `/jobs/${job}`;
    await ask({ what: 'pause', method: 'POST', path: `${path}/pause`, job, body: { reason: 'chaos' } });
    await sleep(chance.between(1_000, 4_000), undefined, { signal }).catch(() => undefined);
    await ask({ what: 'resume', method: 'POST', path: `${path}/resume`, job });
  };
}
