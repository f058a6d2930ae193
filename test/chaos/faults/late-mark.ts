import { setTimeout as sleep } from 'node:timers/promises';
import type { Seat } from '../fleet/seat.ts';
import type { Stage } from '../fleet/stage.ts';
import { bringBackStreams, keepStreams } from './break-nats.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';

/** What the copy of the stream does not have. */
const rewoundByMs = 2_500;
/** Longer than a lane's lease. */
const lapsedMs = 3_000;
/** A late mark has reached the database by then. */
const arrivedMs = 500;

/**
 * EV-4: a replica's marks are on their way to Postgres while the stream loses what they are of and the lane gets an heir;
 * they arrive when the heir has verified the lane, and has not read yet what it is to send.
 */
export const lateMark: FaultKind = {
  name: 'mark late across a rewind',
  weight: 1,
  aim: (stage) => ({ target: 'nats', inject: () => markLate(stage) }),
};

async function markLate(stage: Stage): Promise<void> {
  const schedulers = stage.seatsOf('scheduler');
  const { nats } = stage.servers;
  await keepStreams(stage);
  await sleep(rewoundByMs);
  const late = await Promise.race(
    schedulers.map((seat) =>
      linesOf(seat)
        .strikeAt('mark-published', 'hold')
        .then(() => seat),
    ),
  );
  const heir = schedulers.find((seat) => seat !== late);
  if (heir === undefined) throw new NothingToBreak('a lane needs an heir');
  linesOf(late).strike('hold');
  linesOf(heir).pass();
  try {
    await nats.crash();
    await bringBackStreams(stage);
    await sleep(lapsedMs);
    const verified = linesOf(heir).strikeAt('finish-lane', 'hold');
    await nats.restart();
    await verified;
    linesOf(heir).strike('hold');
    linesOf(late).pass();
    await sleep(arrivedMs);
  } finally {
    for (const seat of schedulers) linesOf(seat).pass();
  }
}

function linesOf({ lines }: Seat) {
  return lines.to.postgres;
}
