import { expect, test } from 'vitest';
import { openLifeline } from '../guard/lifeline.ts';
import { aGuard } from '../test-guard.ts';
import { openTurnBench } from './turn-under-test.ts';

test('GD-4 a turn whose cancel is pending is fenced, whatever it was before', async () => {
  const guard = aGuard();
  guard.permit(true);
  const bench = await openTurnBench({}, async (folder) => ({
    ...guard,
    lifeline: (await openLifeline(folder)).readEnd,
  }));
  const turn = bench.start({ script: 'echo begun; sleep 60', isFenced: false });
  await turn.hasWritten('begun');
  expect([...guard.fencedGroups]).toEqual([]);
  turn.stop('cancelled');
  expect((await turn.report).outcome).toEqual({ kind: 'cancelled' });
  expect(guard.fencedGroups.size).toBe(1);
  await bench.close();
});
