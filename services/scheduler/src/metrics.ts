import { countOpenRuns, countUnpublished, type Store } from '@flotilla/storage';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

/** What the ledger holds, asked when somebody scrapes. */
export function observeLedger(registry: Registry, store: Store): void {
  new Gauge({
    name: 'flotilla_open_runs',
    help: 'Runs that are not settled, by state; queued ones that are due count as due too',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { state, count } of await countOpenRuns(store)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'flotilla_unpublished_events',
    help: 'Committed events that the stream has not acknowledged, counted up to 100,000',
    registers: [registry],
    async collect() {
      this.set(await countUnpublished(store));
    },
  });
}
