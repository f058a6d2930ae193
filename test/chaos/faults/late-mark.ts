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
/** Shorter than the late replica waits for the answer of its mark. */
const patienceMs = 5_000;

/** Any would do: the marks and the heir are of one lane. */
const lane = 'publish 0';
const asked = [lengthOf(lane), lane].join('');
/** As the lane lies behind the last of the sequences that are marked. */
const marking = `}${asked}`;
/** As the lane is the first of the four values with which a verification ends: their formats, which are text, come first. */
const finishing = ['finish-lane\0', '\0\x04', '\0\0'.repeat(4), '\0\x04', asked].join('');

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
  await keepStreams(stage);
  await sleep(rewoundByMs);
  try {
    const late = await holdMark(schedulers);
    const heir = schedulers.find((seat) => seat !== late);
    if (heir === undefined) throw new NothingToBreak('a lane needs an heir');
    linesOf(heir).pass();
    const { nats } = stage.servers;
    await nats.crash();
    await bringBackStreams(stage);
    await sleep(lapsedMs);
    const verified = linesOf(heir).strikeAt(finishing, 'hold');
    await nats.restart();
    await Promise.race([verified, sleep(patienceMs)]);
    linesOf(late).pass();
    await sleep(arrivedMs);
  } finally {
    for (const seat of schedulers) linesOf(seat).pass();
  }
}

/** The replica that marks first is cut off with its mark. */
async function holdMark(schedulers: readonly Seat[]): Promise<Seat> {
  const marks = schedulers.map(async (seat) => {
    await linesOf(seat).strikeAt(marking, 'hold');
    return seat;
  });
  const late = await Promise.race([...marks, sleep(patienceMs)]);
  if (late === undefined) throw new NothingToBreak('nothing was marked');
  linesOf(late).strike('hold');
  return late;
}

function linesOf({ lines }: Seat) {
  return lines.to.postgres;
}

/** As Postgres is told how long a value is. */
function lengthOf({ length }: string): string {
  return String.fromCharCode(0, 0, 0, length);
}
