import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { liveness, livenessFault } from './liveness.ts';

describe('GD-8 what is begun is ended before somebody else may begin it', () => {
  test('by the figures that the fleet goes by', () => {
    expect(livenessFault(liveness)).toBe(null);
    expect(liveness).toEqual({ permissionMs: 15_000, fenceMs: 20_000, insideMs: 25_000, silenceMs: 30_000 });
  });

  test('and figures in another order are refused by name', () => {
    expect(livenessFault({ ...liveness, fenceMs: 15_000 })).toBe(
      'the limits of liveness must rise: 0 < permissionMs < fenceMs < insideMs < silenceMs, but fenceMs is 15000',
    );
    expect(livenessFault({ ...liveness, permissionMs: Number.NaN })).toContain('permissionMs is NaN');
  });

  const ms = fc.integer({ min: 1, max: 100_000 });
  property.prop([fc.tuple(ms, ms, ms, ms)])('of any four, those that rise are taken', (four) => {
    const [permissionMs, fenceMs, insideMs, silenceMs] = four;
    const rises = permissionMs < fenceMs && fenceMs < insideMs && insideMs < silenceMs;
    expect(livenessFault({ permissionMs, fenceMs, insideMs, silenceMs }) === null).toBe(rises);
  });
});
