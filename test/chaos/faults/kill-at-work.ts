import { waitFor } from '../../support/wait-for.ts';
import { readSinkMarks } from '../evidence/read-marks.ts';
import { killWorkerAndGuard } from './break-processes.ts';
import { once } from './once.ts';
import { firstSeat, untilWorker } from './workers-at-work.ts';

/** GD-2: a worker and its guard die together once so many turns of the sink are at work in the fleet. */
export function killBothAtWork(turns: number) {
  return once('worker and guard killed at work', 'worker-1', async (stage) => {
    const seat = firstSeat(stage, 'worker');
    await waitFor(`${turns} turns to be at work`, async () => {
      const marks = await readSinkMarks(stage.sinkFile);
      return marks.filter(({ kind }) => kind === 'start').length === turns;
    });
    await untilWorker(stage, seat, 'the worker to have some of them', ({ runs }) => runs > 0);
    await killWorkerAndGuard(seat);
  });
}
