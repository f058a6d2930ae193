import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were measured on: they say nothing without it. */
export interface Machine {
  readonly cpus: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted to run during the last minute: above 0.5, others were at work too. */
  readonly loadAtStart: number;
}

export function readMachine(): Machine {
  const all = cpus();
  return {
    cpus: `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    loadAtStart: loadavg()[0] ?? 0,
  };
}
