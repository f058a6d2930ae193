import { z } from 'zod';
import type { CatchUp } from './catch-up.ts';
import { type Cron, CronError, parseCron } from './cron.ts';
import { durationText, parseDuration } from './duration.ts';
import { instantText, instantTicks, parseInstant } from './instant.ts';
import { type FoldPolicy, foldPolicies, type GapPolicy, gapPolicies, type Tick } from './tick.ts';
import { isZone, zoneText } from './zone.ts';

const second = 1_000;
const day = 86_400_000;

const cronText = z
  .string()
  .superRefine((text, context) => {
    try {
      parseCron(text);
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  })
  .overwrite((text) => text.trim().replace(/\s+/g, ' '));

const defaultPace = '1s';

const catchUpSchema = z.strictObject({
  policy: z.enum(['none', 'latest', 'all']).default('latest'),
  /** Ticks older than this are not made up for. */
  window: durationText({ minMs: second }).optional(),
  /** Under `all`: this many of the newest. */
  limit: z.int().min(1).max(1_000).default(100),
  /** Under `all`: from one start to the next. */
  pace: durationText({ maxMs: day }).default(defaultPace),
});

const defaultAnchor = '1970-01-01T00:00:00Z';

/** When a job runs: exactly one of `cron`, `every` and `at`. Durations and instants stay text, in canonical form. */
export const scheduleSchema = z
  .strictObject({
    cron: cronText.optional(),
    every: durationText({ minMs: second }).optional(),
    at: instantText.optional(),
    zone: zoneText.default('UTC'),
    gap: z.enum(gapPolicies).default('run-after'),
    fold: z.enum(foldPolicies).default('first'),
    spread: durationText({ maxMs: 7 * day }).default('0s'),
    /** The instant from which `every` is counted, in both directions. */
    anchor: instantText.optional(),
    /** The first instant that counts. */
    from: instantText.optional(),
    /** The first instant that counts no more. */
    until: instantText.optional(),
    catchUp: catchUpSchema.prefault({}),
  })
  .superRefine((document, context) => {
    for (const { path, message } of contradictions(document)) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .overwrite((document) =>
    document.every === undefined ? document : { ...document, anchor: document.anchor ?? defaultAnchor },
  );

/** As the ledger has it: documents of earlier releases have no pace. */
type StoredCatchUp = Omit<z.output<typeof catchUpSchema>, 'pace'> & { readonly pace?: string };

/** A valid schedule with all its defaults, as users write it; applying it again changes nothing. */
export type ScheduleDocument = z.output<typeof scheduleSchema>;

function* contradictions(document: ScheduleDocument): Generator<{ path: string[]; message: string }> {
  const { every, at, anchor, from, until, zone, gap, fold } = document;
  const kinds = (['cron', 'every', 'at'] as const).filter((kind) => document[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? 'none' : kinds.join(' and ');
    yield { path: [], message: `exactly one of cron, every and at is needed: found ${found}` };
  }
  if (anchor !== undefined && every === undefined) {
    yield { path: ['anchor'], message: 'only "every" counts from an anchor: remove it' };
  }
  if (!isZone(zone)) return;
  if (at !== undefined && instantTicks(at, zone, gap, fold)?.length === 0) {
    yield {
      path: ['at'],
      message: `clocks in ${zone} never show ${at}, and gap "skip" leaves no tick: use "run-after" or "shift"`,
    };
  }
  const fromAt = from === undefined ? undefined : parseInstant(from, zone);
  const untilAt = until === undefined ? undefined : parseInstant(until, zone);
  if (fromAt !== undefined && untilAt !== undefined && untilAt <= fromAt) {
    yield { path: ['until'], message: `${until} is not after from, ${from}` };
  }
}

interface Bounds {
  /** The first instant that counts, in epoch milliseconds; null: no bound. */
  readonly fromAt: number | null;
  /** The first instant that counts no more; null: no bound. */
  readonly untilAt: number | null;
}

interface Common extends Bounds {
  readonly zone: string;
  readonly spreadMs: number;
  readonly catchUp: CatchUp;
}

export interface CronSchedule extends Common {
  readonly kind: 'cron';
  readonly cron: Cron;
  readonly gap: GapPolicy;
  readonly fold: FoldPolicy;
}

export interface EverySchedule extends Common {
  readonly kind: 'every';
  readonly everyMs: number;
  readonly anchorAt: number;
}

export interface AtSchedule extends Common {
  readonly kind: 'at';
  /** One; two for a local time that comes twice under fold `both`. */
  readonly ticks: readonly Tick[];
}

/** A schedule as ticks are computed from it: durations in milliseconds, instants in epoch milliseconds. */
export type Schedule = CronSchedule | EverySchedule | AtSchedule;

/** Throws a RangeError where this host's time zone data does not know the document's zone (any more). */
export function resolveSchedule(document: ScheduleDocument): Schedule {
  const { cron, every, at, anchor, zone, gap, fold } = document;
  const common = resolveCommon(document);
  if (cron !== undefined) return { ...common, kind: 'cron', cron: parseCron(cron), gap, fold };
  if (every !== undefined) {
    const anchorAt = parseInstant(anchor ?? defaultAnchor, zone) ?? 0;
    return { ...common, kind: 'every', everyMs: parseDuration(every) ?? 0, anchorAt };
  }
  return { ...common, kind: 'at', ticks: at === undefined ? [] : (instantTicks(at, zone, gap, fold) ?? []) };
}

function resolveCommon({ zone, spread, from, until, catchUp }: ScheduleDocument): Common {
  return {
    zone,
    spreadMs: parseDuration(spread) ?? 0,
    fromAt: from === undefined ? null : (parseInstant(from, zone) ?? null),
    untilAt: until === undefined ? null : (parseInstant(until, zone) ?? null),
    catchUp: resolveCatchUp(catchUp),
  };
}

export function resolveCatchUp({ policy, window, limit, pace }: StoredCatchUp): CatchUp {
  const windowMs = window === undefined ? null : (parseDuration(window) ?? null);
  return { policy, windowMs, limit, paceMs: parseDuration(pace ?? defaultPace) ?? 0 };
}
