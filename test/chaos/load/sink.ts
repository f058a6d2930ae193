/** What a sink turn does beside leaving its lines. */
export interface SinkPlan {
  readonly file: string;
  /** How long it is at work, in steps of 100 ms. */
  readonly steps: number;
  readonly hasGrandchild: boolean;
  readonly ignoresTerm: boolean;
  /** Attempts that end with exit code 1. */
  readonly failures: number;
}

/**
 * A plain script that leaves a line in a file at its start, while it is at work, at its effect and at its end:
 * `start <run> <attempt> <pid> <uptime>`, each in one write that appends. The uptime is the machine's monotonic clock,
 * in hundredths of a second; reading it starts no process.
 */
export function sinkScript({ file, steps, hasGrandchild, ignoresTerm, failures }: SinkPlan): string {
  const lines = [
    `mark() { read -r up rest < /proc/uptime; echo "$1 $FLOTILLA_RUN_ID $FLOTILLA_ATTEMPT $$ $up" >> '${file}'; }`,
    'mark start',
    "printf 'a byte that Postgres does not store: \\000\\n'", // SE-2
    ...(ignoresTerm ? ["trap '' TERM"] : []),
    ...(hasGrandchild ? [`( while :; do mark work; sleep 0.2; done ) & grandchild=$!`] : []),
    ...(steps > 0
      ? [`step=0; while [ $step -lt ${steps} ]; do step=$((step + 1)); sleep 0.1; mark work; done`]
      : []),
    ...(hasGrandchild ? ['kill -KILL $grandchild'] : []),
    `if [ "$FLOTILLA_ATTEMPT" -le ${failures} ]; then mark end; exit 1; fi`,
    'mark effect',
    'mark end',
  ];
  return lines.join('\n');
}
