import { fc, test } from '@fast-check/vitest';
import type { StreamMark, StreamPlace } from '@flotilla/storage';
import { expect } from 'vitest';
import { findLastIntact } from './last-intact.ts';

const isUpTo = (mark: StreamPlace, place: StreamPlace) =>
  mark.epoch < place.epoch || (mark.epoch === place.epoch && mark.sequence <= place.sequence);

/** Marks of a few lives of a stream, in the order in which they came there. */
const marks = fc
  .uniqueArray(
    fc.record({ epoch: fc.integer({ min: 1, max: 4 }), sequence: fc.integer({ min: 1, max: 60 }) }),
    {
      selector: ({ epoch, sequence }) => `${epoch}-${sequence}`,
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((places) => places.toSorted((one, other) => one.epoch - other.epoch || one.sequence - other.sequence))
  .map((places) => places.map((place): StreamMark => ({ ...place, eventId: 'e.1', at: 0 })));

test.prop([marks, fc.nat(40)])('EV-3 whatever suffix is lost, it is found to the mark', async (all, kept) => {
  const intact = all.slice(0, Math.min(kept, all.length - 1));
  const lost = all.slice(intact.length);
  const search = {
    lastMark: async (upTo: StreamPlace) => all.findLast((mark) => isUpTo(mark, upTo)) ?? null,
    isIntact: async (mark: StreamMark) => intact.includes(mark),
  };
  const last = all.at(-1);
  if (last === undefined) return;
  const place = await findLastIntact(search, last);
  expect(all.filter((mark) => !isUpTo(mark, place))).toEqual(lost);
});

test('EV-3 a stream of a million millions is searched in some eighty questions', async () => {
  let asked = 0;
  const place = await findLastIntact(
    {
      lastMark: async ({ sequence }) => {
        asked += 1;
        return sequence === 0 ? null : { epoch: 1, sequence, eventId: 'e.1', at: 0 };
      },
      isIntact: async ({ sequence }) => {
        asked += 1;
        return sequence <= 123_456_789;
      },
    },
    { epoch: 1, sequence: 10 ** 12, eventId: 'e.1', at: 0 },
  );
  expect(place).toEqual({ epoch: 1, sequence: 123_456_789 });
  expect(asked).toBeLessThan(90);
});
