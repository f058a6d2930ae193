import { ask } from '../fleet/ask.ts';
import { awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import { percentile } from '../percentile.ts';
import { watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Scenario } from '../scenario.ts';

interface Hop {
  /** The parent's settling → the child's claim. */
  readonly startMs: number;
  /** The parent's claim → the child's: `true` and its settling are in it. */
  readonly wholeMs: number;
}

/** The parent and what it triggers, down to the great-grandchild. */
const links = ['link-0', 'link-1', 'link-2', 'link-3'];

export const chainHop: Scenario = {
  title: 'chain hop: parent settled → child claimed',
  settings: [
    '2 workers × 10 slots; chains of 4 jobs that run `true`, each started by hand once the last has ended',
  ],
  rounds: 3,
  measure: (bench) =>
    onPremises((premises) =>
      onFleet(bench, premises, { workers: 2, slots: 10 }, async (fleet) => {
        for (const [index, link] of links.entries())
          await fleet.api.putJob(link, linkAfter(links[index - 1]));
        const end = await watchLoad('flotilla', premises, fleet.services);
        const rounds = await repeat(bench.rounds, () => measureRound(fleet, bench.isQuick ? 8 : 35));
        const load = await end();
        const of = (share: number, value: (hop: Hop) => number) =>
          rounds.map((hops) => percentile(hops.map(value), share));
        return {
          figures: [
            { what: 'p99', unit: 'ms', rounds: of(0.99, ({ startMs }) => startMs), bound: { atMost: 100 } },
            { what: 'p50', unit: 'ms', rounds: of(0.5, ({ startMs }) => startMs) },
            {
              what: 'parent claimed → child claimed p99',
              unit: 'ms',
              rounds: of(0.99, ({ wholeMs }) => wholeMs),
            },
          ],
          load: [load],
        };
      }),
    ),
};

function linkAfter(parent: string | undefined): object {
  const turn = { turn: { argv: ['true'] }, overlap: 'allow' };
  return parent === undefined ? turn : { ...turn, after: { job: parent, on: 'success' } };
}

async function measureRound(fleet: Fleet, chains: number): Promise<Hop[]> {
  const [{ now } = { now: 0 }] = await ask<{ now: number }>(fleet, 'SELECT clock_timestamp() AS now');
  for (let chain = 0; chain < chains; chain++) {
    await fleet.api.startRun('link-0');
    await awaitSettled(fleet, links);
  }
  return ask<Hop>(
    fleet,
    `SELECT (extract(epoch FROM c.started_at - p.settled_at) * 1000)::float8 AS "startMs",
       (extract(epoch FROM c.started_at - p.started_at) * 1000)::float8 AS "wholeMs"
     FROM runs c JOIN runs p ON p.id = c.parent_id WHERE c.created_at >= $1`,
    new Date(now),
  );
}
