import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createPieceMerge, type Piece, type PieceMerge } from './merge-pieces.ts';

const start = { stdout: 0, stderr: 0 };

function aPiece(seq: number, stream: Piece['stream'] = 'stdout'): Piece {
  return { stream, seq, bytes: Buffer.from(`${stream} ${seq}\n`) };
}

function takeAll(merge: PieceMerge): Piece[] {
  const taken: Piece[] = [];
  for (let piece = merge.take(); piece !== undefined; piece = merge.take()) taken.push(piece);
  return taken;
}

const seqsOf = (pieces: readonly Piece[], stream: Piece['stream'] = 'stdout') =>
  pieces.filter((piece) => piece.stream === stream).map(({ seq }) => seq);

describe('LG-1 a log that is followed', () => {
  test('goes on with live pieces, and waits where one is missing', () => {
    const merge = createPieceMerge(start);
    for (const seq of [0, 1, 3]) merge.offerLive(aPiece(seq));
    expect([seqsOf(takeAll(merge)), merge.isBehind()]).toEqual([[0, 1], true]);
    merge.offerStored(aPiece(2));
    expect([seqsOf(takeAll(merge)), merge.isBehind()]).toEqual([[2, 3], false]);
  });

  test('takes up where its reader was', () => {
    const merge = createPieceMerge({ stdout: 5, stderr: 1 });
    for (const piece of [aPiece(4), aPiece(5), aPiece(0, 'stderr'), aPiece(1, 'stderr')])
      merge.offerLive(piece);
    const taken = takeAll(merge);
    expect([seqsOf(taken), seqsOf(taken, 'stderr')]).toEqual([[5], [1]]);
  });

  test('goes over what the store has lost, with what is here of it', () => {
    const merge = createPieceMerge(start);
    merge.offerLive(aPiece(2));
    merge.offerStored(aPiece(4));
    expect([seqsOf(takeAll(merge)), merge.isBehind()]).toEqual([[2, 4], false]);
  });

  test('holds no more than its bound, asks the store for the rest, and is done when it has it', () => {
    const merge = createPieceMerge(start, 30);
    for (const seq of [0, 1, 2, 3, 4]) merge.offerLive(aPiece(seq));
    expect(merge.isBehind()).toBe(true);
    expect(seqsOf(takeAll(merge))).toEqual([0, 1, 2]);
    for (const seq of [3, 4]) merge.offerStored(aPiece(seq));
    expect([seqsOf(takeAll(merge)), merge.isBehind()]).toEqual([[3, 4], false]);
  });
});

/** What happens to one log: pieces are sealed, stored later, told live or not, twice or late; the reader looks and takes. */
const happenings = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('seal'), stream: fc.constantFrom('stdout', 'stderr') }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('store') }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('tell'), which: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('look') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('take') }) },
  ),
  { maxLength: 120 },
);

test.prop([happenings, fc.integer({ min: 0, max: 200 })])(
  'LG-1 whatever is lost, doubled or late on the line, each byte comes once and in order',
  (story, capacityBytes) => {
    const merge = createPieceMerge(start, capacityBytes);
    const sealed: Piece[] = [];
    let storedCount = 0;
    const taken: Piece[] = [];
    const look = () => {
      const missing = sealed.slice(0, storedCount).filter(({ stream, seq }) => seq >= merge.needed[stream]);
      for (const piece of missing) merge.offerStored(piece);
    };
    for (const step of story) {
      if (step.kind === 'seal' && 'stream' in step) {
        const stream = step.stream as Piece['stream'];
        sealed.push(aPiece(sealed.filter((piece) => piece.stream === stream).length, stream));
      }
      if (step.kind === 'store') storedCount = Math.min(storedCount + 1, sealed.length);
      const told = 'which' in step ? sealed[step.which] : undefined;
      if (told !== undefined) merge.offerLive(told);
      if (step.kind === 'look') look();
      if (step.kind === 'take') taken.push(...takeAll(merge));
    }
    storedCount = sealed.length;
    look();
    taken.push(...takeAll(merge));
    expect(merge.isBehind()).toBe(false);
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = (pieces: readonly Piece[]) =>
        Buffer.concat(
          pieces.filter((piece) => piece.stream === stream).map((piece) => piece.bytes),
        ).toString();
      expect(bytes(taken)).toBe(bytes(sealed));
    }
  },
);
