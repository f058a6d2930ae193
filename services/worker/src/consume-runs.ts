import { type ConsumeOptions, type Consumer, consume } from '@flotilla/queue';
import type { Workbench } from './workbench.ts';

export interface ConsumeRunsOptions extends Pick<ConsumeOptions, 'connection' | 'pool' | 'onError'> {
  readonly slotCount: number;
  readonly workbench: Pick<Workbench, 'clock' | 'intake' | 'lag' | 'slots' | 'workRun'>;
}

/** Fetches messages for a workbench: as many as its slots have room for, and none while its intake is closed. */
export function consumeRuns({ slotCount, workbench, ...queue }: ConsumeRunsOptions): Consumer {
  const { clock, intake, lag, slots, workRun } = workbench;
  const consumer = consume({
    ...queue,
    concurrency: slotCount,
    isPaused: true,
    onMessage(message, readyAt) {
      if (readyAt !== null && slots.isWaiting()) lag.note(clock.now() - readyAt);
      return workRun(message);
    },
  });
  slots.announceTo(consumer.setConcurrency);
  intake.control(consumer);
  return consumer;
}
