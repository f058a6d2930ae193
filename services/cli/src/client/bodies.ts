import type {
  AlarmKind,
  BlockedBy,
  Cause,
  Event,
  JobDocument,
  Outcome,
  Reason,
  Role,
  RunState,
  Usage,
} from '@flotilla/domain';

/** The bodies of the API's answers, as far as commands read them. Instants are ISO texts in UTC. */

/** A list; `next` is the cursor of what follows, or null. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** A job: its document with all defaults, and what the server knows of it. */
export interface JobBody extends JobDocument {
  readonly jobId: string;
  readonly revision: number;
  readonly nextTickAt: string | null;
  /** Why its schedule cannot be computed; null where it can. */
  readonly blockedWhy: string | null;
  /** The pause that goes on; `until` null: until somebody resumes the job. */
  readonly paused: {
    readonly at: string;
    readonly until: string | null;
    readonly by: string;
    readonly reason: string | null;
  } | null;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** The answer to a PUT. */
export interface PutJobBody extends JobBody {
  readonly change: 'created' | 'changed' | 'unchanged';
  readonly oldRevision: number | null;
}

export interface RunBody {
  readonly id: string;
  readonly job: string;
  readonly cause: Cause;
  readonly key: string;
  readonly tickAt: string | null;
  readonly tickUntil: string | null;
  readonly tickCount: number;
  readonly dueAt: string;
  readonly startedAt: string | null;
  readonly settledAt: string | null;
  readonly state: RunState;
  readonly reason: Reason | null;
  readonly pool: string;
  readonly priority: number;
  /** What a blocked run waits for. */
  readonly blockedBy: BlockedBy | null;
  readonly startBy: string | null;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly revision: number;
  readonly version: number;
  readonly parent: string | null;
  /** All of them, where it needed all. */
  readonly parents: string[];
  /** The settled run that this one runs again. */
  readonly retryOf: string | null;
  readonly worker: string | null;
}

export interface AttemptBody {
  readonly number: number;
  readonly worker: string;
  readonly handedOutAt: string | null;
  readonly startedAt: string;
  readonly spawnedAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: Outcome['kind'] | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Head and tail; the whole is in the log. */
  readonly stdout: string;
  readonly stdoutBytes: number;
  readonly stderr: string;
  readonly stderrBytes: number;
  /** What it wrote was older than outputs are kept. */
  readonly outputPruned: boolean;
  /** Of an agent turn, as far as its gateway told it. */
  readonly usage: Usage | null;
}

export interface RunDetailBody extends RunBody {
  readonly attempts: readonly AttemptBody[];
  readonly children: readonly { readonly id: string; readonly job: string; readonly state: RunState }[];
}

export interface WorkerBody {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly state: 'alive' | 'draining' | 'left' | 'dead';
  readonly pools: readonly string[];
  readonly slots: number;
  readonly inHand: number;
  readonly beatAt: string;
  readonly endedAt: string | null;
  readonly endedWhy: string | null;
  /** Of a dead worker alone. */
  readonly death: 'evidence' | 'silence' | null;
  readonly skewMs: number;
  readonly version: string;
}

export interface PoolBody {
  readonly name: string;
  /** Turns at once in the whole fleet; null: no cap. */
  readonly capacity: number | null;
  readonly running: number;
  /** Runs that are blocked for want of room. */
  readonly waiting: number;
  /** Runs that are due and wait for a worker. */
  readonly due: number;
  readonly workers: number;
  readonly slots: number;
  readonly changedAt: string;
}

export interface TokenBody {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
}

/** What is the matter with the fleet, or was. */
export interface AlarmBody {
  readonly kind: AlarmKind;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  readonly raisedAt: string;
  readonly resolvedAt: string | null;
}

/** What became of a moment of a job. */
export interface WhyBody {
  readonly job: string;
  readonly at: string;
  /** `before`: the moment has no row of its own, and what is told is the last run before it. */
  readonly found: 'tick' | 'before' | 'nothing';
  readonly because: readonly string[];
  readonly revision: { readonly revision: number; readonly actor: string; readonly at: string } | null;
  readonly run: RunDetailBody | null;
  readonly events: readonly Event[];
  readonly workers: readonly Pick<WorkerBody, 'id' | 'host' | 'pid' | 'state'>[];
}

/** A tick that is to come. */
export interface TickBody {
  readonly tickAt: string;
  /** What clocks in the schedule's zone show: `2027-03-14T03:00:00-04:00`. */
  readonly local: string;
  /** `gap`: moved out of a gap. `fold`: its wall-clock time comes twice. */
  readonly note: 'gap' | 'fold' | null;
}
