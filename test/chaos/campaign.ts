import { createChance } from './chance.ts';
import { check, type Verdict } from './checker/check.ts';
import { collectEvidence } from './evidence/collect-evidence.ts';
import type { Evidence } from './evidence/evidence.ts';
import { subscribe } from './evidence/subscriber.ts';
import type { FaultKind } from './faults/fault.ts';
import { heal } from './faults/heal.ts';
import { planFaults } from './faults/plan-faults.ts';
import { playFaults } from './faults/play-faults.ts';
import type { SourcePatch } from './fleet/apply-patches.ts';
import { type Crew, type Stage, setStage } from './fleet/stage.ts';
import { awaitQuiet } from './load/await-quiet.ts';
import { createClient } from './load/client.ts';
import { type Clients, startClients } from './load/clients.ts';
import { type LoadJob, putJobs, putPool } from './load/put-jobs.ts';
import { narrowPool } from './load/waiting-jobs.ts';

/** A fleet under load and faults, for a while. Everything that is up to chance is up to the seed. */
export interface Campaign {
  readonly seed: number;
  readonly durationMs: number;
  readonly crew: Crew;
  readonly jobs: (sinkFile: string) => readonly LoadJob[];
  readonly clients: Clients;
  readonly faults: readonly FaultKind[];
  readonly faultsPerMinute: number;
  readonly patches?: readonly SourcePatch[];
  /** How long the fleet may take to come to rest. */
  readonly restMs?: number;
  /** Removes histories and logs even where something is wrong. */
  readonly keepsNothing?: boolean;
  /** Ends the campaign early. */
  readonly signal: AbortSignal;
  /** Hears in one line how far it is. */
  readonly tell: (line: string) => void;
}

export interface CampaignResult extends Verdict {
  readonly evidence: Evidence;
  /** Where histories and logs lie, if there was anything wrong. */
  readonly kept: string | null;
}

const tellEveryMs = 30_000;
/** The longest turn, a death by silence, a long back-off: nothing that waits for them takes longer. */
const defaultRestMs = 150_000;

/** Plays a campaign to its end, mends the fleet, lets it come to rest, and judges what it has left. */
export async function playCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { seed, crew, patches, restMs = defaultRestMs, signal, tell } = campaign;
  const chance = createChance(seed);
  tell(
    `seed ${seed}: starting ${crew.schedulers} schedulers, ${crew.workers} workers, an API and their servers`,
  );
  const stage = await setStage(crew, chance.fork('fleet'), patches);
  const subscriber = subscribe(stage.servers.nats.url);
  let kept = false;
  try {
    await perform(campaign, stage);
    signal.throwIfAborted();
    tell('faults are over; mending, and waiting for rest');
    await heal(stage);
    await awaitQuiet(stage, subscriber, restMs, tell);
    const evidence = await collectEvidence(stage, subscriber);
    const verdict = check(evidence);
    kept = verdict.violations.length > 0 && campaign.keepsNothing !== true;
    return { ...verdict, evidence, kept: kept ? stage.dir : null };
  } finally {
    await subscriber.stop();
    await stage.strike(kept);
  }
}

async function perform(campaign: Campaign, stage: Stage): Promise<void> {
  const { durationMs, faults, faultsPerMinute, signal, tell } = campaign;
  const chance = createChance(campaign.seed);
  const ask = createClient(stage.api, stage.history);
  const jobs = campaign.jobs(stage.sinkFile);
  await putPool(ask, narrowPool);
  await putJobs(ask, jobs);
  const over = new AbortController();
  const clients = startClients(ask, campaign.clients, jobs, chance.fork('clients'), over.signal);
  const planned = planFaults(faults, { durationMs, perMinute: faultsPerMinute }, chance.fork('faults'));
  tell(`${jobs.length} jobs; ${planned.length} faults in ${durationMs / 1_000} s`);
  const telling = setInterval(() => tell(progress(stage)), tellEveryMs);
  try {
    await playFaults(stage, planned, durationMs, signal);
  } finally {
    clearInterval(telling);
    over.abort();
    await clients;
  }
}

function progress({ history }: Stage): string {
  const count = (op: string) => history.all().filter((entry) => entry.op === op).length;
  return `${count('fault')} faults, ${count('asked')} requests, ${count('exited')} processes ended`;
}
