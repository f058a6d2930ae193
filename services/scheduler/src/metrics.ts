import { isSettled } from '@flotilla/domain';
import { countOpenRuns, countUnpublished, type Store, type UnpublishedEvent } from '@flotilla/storage';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Runs that ended, started or not, by state and reason: every end passes the publishers, so that the sum over the
 * replicas is the fleet's.
 */
export function countSettledRuns(registry: Registry): (rows: readonly UnpublishedEvent[]) => void {
  const settled = new Counter({
    name: 'flotilla_runs_settled_total',
    help: 'Runs that ended, by state and reason, as their events were published',
    labelNames: ['state', 'reason'],
    registers: [registry],
  });
  return (rows) => {
    for (const { event } of rows) {
      if (event.entity !== 'run' || event.type === 'run.withdrawn' || !isSettled(event.data.state)) continue;
      settled.inc({ state: event.data.state, reason: event.data.reason ?? '' });
    }
  };
}

/** What the ledger holds, asked when somebody scrapes; while it is away these figures are missing, and no others. */
export function observeLedger(registry: Registry, store: Store): void {
  new Gauge({
    name: 'flotilla_open_runs',
    help: 'Runs that are not settled, by state; queued ones that are due count as due too',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await countOpenRuns(store).catch(() => []);
      for (const { state, count } of counts) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'flotilla_unpublished_events',
    help: 'Committed events that the stream has not acknowledged, counted up to 100,000',
    registers: [registry],
    async collect() {
      this.set(await countUnpublished(store).catch(() => Number.NaN));
    },
  });
}
