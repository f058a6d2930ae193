/** The lines between a worker and its guard: one JSON object each, a closed catalogue in both directions. */

type Check<Value> = (value: unknown) => value is Value;
type Catalogue = Readonly<Record<string, Readonly<Record<string, Check<unknown>>>>>;
type Checked<Field> = Field extends Check<infer Value> ? Value : never;
type MessageOf<Messages extends Catalogue> = {
  [Kind in keyof Messages]: { readonly kind: Kind } & {
    readonly [Name in keyof Messages[Kind]]: Checked<Messages[Kind][Name]>;
  };
}[keyof Messages];

const text: Check<string> = (value): value is string => typeof value === 'string';
const textOrNull: Check<string | null> = (value): value is string | null => value === null || text(value);
const truth: Check<boolean> = (value): value is boolean => typeof value === 'boolean';
const ms: Check<number> = (value): value is number => Number.isFinite(value) && (value as number) >= 0;
/** 0 and 1 would signal our own group, and everybody. */
const processId: Check<number> = (value): value is number =>
  Number.isSafeInteger(value) && (value as number) > 1;

const toGuard = {
  /** The first one: whom it guards, and where it says that the worker died. */
  start: {
    workerId: text,
    workerPid: processId,
    workerStart: textOrNull,
    databaseUrl: text,
    fenceMs: ms,
    insideMs: ms,
  },
  register: { groupId: processId, start: textOrNull, isFenced: truth },
  fence: { groupId: processId },
  release: { groupId: processId },
  /** On the machine's monotonic clock. */
  dot: { beatSentAtMs: ms },
  openInside: { turn: text },
  closeInside: { turn: text },
  bye: {},
} satisfies Catalogue;

const fromGuard = {
  ready: {},
  registered: { groupId: processId },
  released: { groupId: processId, wasKilled: truth },
  fenced: {},
} satisfies Catalogue;

export type ToGuard = MessageOf<typeof toGuard>;
export type FromGuard = MessageOf<typeof fromGuard>;

/** Throws where the line is none of the catalogue; the error holds nothing of it, since it may hold a password. */
export function parseToGuard(line: string): ToGuard {
  return parse(toGuard, line) as ToGuard;
}

export function parseFromGuard(line: string): FromGuard {
  return parse(fromGuard, line) as FromGuard;
}

export function asLine(message: ToGuard | FromGuard): string {
  return `${JSON.stringify(message)}\n`;
}

function parse(catalogue: Catalogue, line: string): unknown {
  const message = parseObject(line);
  const kind = message['kind'];
  const fields = text(kind) && Object.hasOwn(catalogue, kind) ? catalogue[kind] : undefined;
  if (fields === undefined) throw new Error('a line between worker and guard is of no known kind');
  const isRight =
    Object.keys(message).length === Object.keys(fields).length + 1 &&
    Object.entries(fields).every(([name, check]) => check(message[name]));
  if (!isRight) throw new Error(`a line "${String(kind)}" between worker and guard has wrong fields`);
  return message;
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below, without the line
  }
  throw new Error('a line between worker and guard is no JSON object');
}
