import { cpus, release } from 'node:os';
import { percentile } from '../../bench/percentile.ts';
import type { CampaignResult } from '../campaign.ts';
import { type Invariant, invariants } from '../checker/violation.ts';

export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the report keeps of a campaign. All durations in milliseconds. */
export interface Summary {
  readonly seed: number;
  readonly minutes: number;
  readonly machine: string;
  /** Injected, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Rows in the ledger, those of them that were started, and those that were started as a script. */
  readonly runs: number;
  readonly started: number;
  readonly sinkRuns: number;
  readonly attempts: number;
  readonly events: number;
  readonly requests: number;
  /** Processes that ended although no fault had told them to, by how: a guard ends its worker by SIGKILL (GD-7). */
  readonly deserters: Readonly<Record<string, number>>;
  readonly violations: Readonly<Record<Invariant, number>>;
  /** The first ones, in words. */
  readonly examples: readonly string[];
  readonly lateness: Distribution | null;
  readonly recovery: Readonly<Record<string, Distribution>>;
}

const exampleCount = 20;

export function summarize(seed: number, minutes: number, result: CampaignResult): Summary {
  const { evidence, violations, measures } = result;
  const { history, runs, attempts, events, marks } = evidence;
  const missed = countBy(history, (entry) => (entry.op === 'fault-missed' ? entry.kind : null));
  const struck = countBy(history, (entry) => (entry.op === 'fault' ? entry.kind : null));
  const faults = Object.entries(struck).map(([kind, count]) => [kind, count - (missed[kind] ?? 0)]);
  const inSink = marks.filter((mark) => 'place' in mark && mark.place === 'sink');
  const names = Object.keys(invariants) as Invariant[];
  const of = (name: Invariant) => violations.filter(({ invariant }) => invariant === name);
  return {
    seed,
    minutes,
    machine: machine(),
    faults: Object.fromEntries(faults),
    runs: runs.length,
    started: runs.filter(({ attempt }) => attempt > 0).length,
    sinkRuns: new Set(inSink.map(({ runId }) => runId)).size,
    attempts: attempts.length,
    events: events.length,
    requests: history.filter(({ op }) => op === 'asked').length,
    deserters: countBy(history, (entry) => (entry.op === 'exited' && entry.isOwn ? entry.how : null)),
    violations: Object.fromEntries(names.map((name) => [name, of(name).length])) as Record<Invariant, number>,
    examples: names.flatMap((name) =>
      of(name)
        .slice(0, exampleCount / 4)
        .map(({ what }) => `${name}: ${what}`),
    ),
    lateness: distributionOf(measures.latenessMs),
    recovery: Object.fromEntries(
      Object.entries(measures.recoveryMs).flatMap(([kind, values]) => {
        const distribution = distributionOf(values);
        return distribution === null ? [] : [[kind, distribution]];
      }),
    ),
  };
}

function distributionOf(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => Math.round(percentile(values, share)));
  return { count: values.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, Linux ${release()}, Node ${process.versions.node}`;
}
