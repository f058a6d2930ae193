import { type ConsumeOptions, type Consumer, consume } from '@flotilla/queue';
import type { Workbench } from './workbench.ts';

export interface ConsumeRunsOptions extends Pick<ConsumeOptions, 'connection' | 'onError'> {
  readonly pools: readonly string[];
  readonly slotCount: number;
  readonly workbench: Pick<Workbench, 'clock' | 'intake' | 'lag' | 'slots' | 'workRun'>;
}

/**
 * Fetches messages of each pool for one workbench: as many as its slots have room for, and none while its intake is
 * closed.
 */
export function consumeRuns({ pools, ...options }: ConsumeRunsOptions): Pick<Consumer, 'close'> {
  const consumers = pools.map((pool) => consumePool(pool, options));
  return {
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}

function consumePool(
  pool: string,
  { slotCount, workbench, ...queue }: Omit<ConsumeRunsOptions, 'pools'>,
): Consumer {
  const { clock, intake, lag, workRun } = workbench;
  const slots = workbench.slots.of(pool);
  const consumer = consume({
    ...queue,
    pool,
    concurrency: slotCount,
    isPaused: true,
    onMessage(message, readyAt) {
      if (readyAt !== null && slots.isWaiting()) lag.note(clock.now() - readyAt);
      return workRun(message, slots);
    },
  });
  slots.announceTo(consumer);
  intake.control(consumer);
  return consumer;
}
