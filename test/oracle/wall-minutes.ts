const minuteMs = 60_000;

/** What clocks in a zone show at each whole minute of a stretch, found by asking for each of them. */
export interface WallMinutes {
  /** The first minute, in epoch milliseconds. */
  readonly from: number;
  /** Minute by minute: the epoch milliseconds at which UTC clocks show what the zone's clocks show then. */
  readonly walls: readonly number[];
}

/** The minutes of [from, to). */
export function wallMinutes(zone: string, from: number, to: number): WallMinutes {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const start = Math.floor(from / minuteMs) * minuteMs;
  const walls: number[] = [];
  for (let instant = start; instant < to; instant += minuteMs) {
    const shown = clock.format(instant); // 03/14/2027, 03:30
    const part = (begin: number, end: number) => Number(shown.slice(begin, end));
    walls.push(Date.UTC(part(6, 10), part(0, 2) - 1, part(3, 5), part(12, 14), part(15, 17)));
  }
  return { from: start, walls };
}

export interface ReadMinutes {
  /** Each wall minute that clocks show, with the instants at which they do. */
  readonly shown: ReadonlyMap<number, readonly number[]>;
  /** Each that they leave out, with the instant at which the gap ends and the distance from the gap's start. */
  readonly missing: readonly { wall: number; gapEndsAt: number; depthMs: number }[];
}

export function readMinutes({ from, walls }: WallMinutes): ReadMinutes {
  const shown = new Map<number, number[]>();
  const missing: ReadMinutes['missing'][number][] = [];
  let expected = walls[0] ?? 0;
  for (const [index, wall] of walls.entries()) {
    const instant = from + index * minuteMs;
    for (let left = expected; left < wall; left += minuteMs) {
      missing.push({ wall: left, gapEndsAt: instant, depthMs: left - expected });
    }
    const instants = shown.get(wall);
    if (instants === undefined) shown.set(wall, [instant]);
    else instants.push(instant);
    expected = wall + minuteMs;
  }
  return { shown, missing };
}
