import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Loop } from './loop.ts';

/**
 * A registry of its own for each process, with Node's default metrics (memory, event-loop lag, GC): they
 * tell a slow service from a slow server, and cost nothing until somebody scrapes.
 */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Gauges that tell of each loop when it last ended a step well, and how often it has failed since. */
export function observeLoops(
  registry: Registry,
  loops: ReadonlyArray<Pick<Loop, 'name' | 'lastSuccessAt' | 'failuresInARow'>>,
): void {
  new Gauge({
    name: 'flotilla_loop_last_success_timestamp_seconds',
    help: 'When the loop last ended a step well; 0 before the first time',
    labelNames: ['loop'],
    registers: [registry],
    collect() {
      for (const { name, lastSuccessAt } of loops) {
        this.set({ loop: name }, (lastSuccessAt ?? 0) / 1000);
      }
    },
  });
  new Gauge({
    name: 'flotilla_loop_failures_in_a_row',
    help: 'Steps of the loop that failed since the last one that ended well',
    labelNames: ['loop'],
    registers: [registry],
    collect() {
      for (const { name, failuresInARow } of loops) {
        this.set({ loop: name }, failuresInARow);
      }
    },
  });
}

/** What a pool of database connections tells of itself. */
export type ConnectionPool = {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
};

/** TX-5: gauges of the stores' pools, by their name: connections that are open or idle, and askers that wait for one. */
export function observePools(
  registry: Registry,
  stores: Readonly<Record<string, { readonly pool: ConnectionPool }>>,
): void {
  new Gauge({
    name: 'flotilla_postgres_pool',
    help: 'Connections of a pool by state; waiting counts those who wait for one',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [name, { pool }] of Object.entries(stores)) {
        this.set({ pool: name, state: 'open' }, pool.totalCount);
        this.set({ pool: name, state: 'idle' }, pool.idleCount);
        this.set({ pool: name, state: 'waiting' }, pool.waitingCount);
      }
    },
  });
}
