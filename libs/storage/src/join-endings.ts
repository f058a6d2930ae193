import {
  type ChildJob,
  type ChildRun,
  joinedChild,
  type NewEnding,
  pairEndings,
  type WaitingEnding,
} from '@flotilla/domain';
import type { Session } from './connect.ts';
import { anyRoot, readEndings, readKin, writeEndings } from './sql/joins.ts';

/** A job that needs all of its parents, and what has ended for it. */
export interface JoinArrivals {
  readonly child: ChildJob;
  readonly parents: readonly string[];
  /** In the order in which they ended. */
  readonly endings: readonly Omit<NewEnding, 'kin'>[];
}

/** What a join came to: the runs that its sets began, and what is to be written of the rest. */
export interface JoinedEndings {
  readonly runs: readonly ChildRun[];
  readonly gone: readonly EndingKey[];
  readonly come: readonly (EndingKey & { readonly runId: string })[];
}

interface EndingKey {
  readonly jobId: string;
  readonly rootId: string;
  readonly parentJobId: string;
}

type EndingRow = WaitingEnding & { readonly jobId: string };

/**
 * GA-1, TX-1: what endings mean for jobs whose joins are held, from what is read after that: which sets they complete, and
 * what goes on waiting.
 */
export async function joinEndings(
  session: Session,
  joins: readonly JoinArrivals[],
  now: number,
): Promise<readonly JoinedEndings[]> {
  const arrived = joins.filter(({ endings }) => endings.length > 0);
  if (arrived.length === 0) return [];
  const jobIds = arrived.map(({ child }) => child.jobId);
  const rootIds = [...new Set(arrived.flatMap(({ endings }) => endings.map(({ rootId }) => rootId)))];
  const waiting = await session.ask<EndingRow>(readEndings, [jobIds, rootIds]);
  const kin = await session.ask<EndingKey>(readKin, [jobIds, rootIds]);
  return arrived.map(({ child, parents, endings }) => {
    const before = waiting.filter(({ jobId }) => jobId === child.jobId);
    const kinOf = ({ rootId }: { rootId: string }) =>
      kin.filter((row) => row.jobId === child.jobId && row.rootId === rootId).map((row) => row.parentJobId);
    const fresh = endings.map((ending) => ({ ...ending, kin: kinOf(ending) }));
    const { complete, waiting: after } = pairEndings(parents, before, fresh);
    return {
      runs: complete.flatMap((set) => joinedChild(child, set, now)),
      ...changes(child.jobId, before, after),
    };
  });
}

/** A row is known by its key: none of those that go comes again. */
function changes(
  jobId: string,
  before: readonly WaitingEnding[],
  after: readonly WaitingEnding[],
): Pick<JoinedEndings, 'gone' | 'come'> {
  const were = new Map(before.map((ending) => [nameOf(ending), ending]));
  const are = new Map(after.map((ending) => [nameOf(ending), ending]));
  const gone = [...were].filter(([name]) => !are.has(name)).map(([, ending]) => ending);
  const come = [...are].filter(([name, { runId }]) => were.get(name)?.runId !== runId).map(([, one]) => one);
  return {
    gone: gone.map((ending) => keyOf(jobId, ending)),
    come: come.map((ending) => ({ ...keyOf(jobId, ending), runId: ending.runId })),
  };
}

function nameOf({ isBound, rootId, parentJobId }: WaitingEnding): string {
  return `${parentJobId} ${isBound ? rootId : anyRoot}`;
}

function keyOf(jobId: string, { isBound, rootId, parentJobId }: WaitingEnding): EndingKey {
  return { jobId, rootId: isBound ? rootId : anyRoot, parentJobId };
}

export async function writeJoins(session: Session, joined: readonly JoinedEndings[]): Promise<void> {
  const gone = joined.flatMap((join) => join.gone);
  const come = joined.flatMap((join) => join.come);
  if (gone.length + come.length === 0) return;
  const columns = (keys: readonly EndingKey[]) => [
    keys.map(({ jobId }) => jobId),
    keys.map(({ rootId }) => rootId),
    keys.map(({ parentJobId }) => parentJobId),
  ];
  await session.ask(writeEndings, [...columns(gone), ...columns(come), come.map(({ runId }) => runId)]);
}
