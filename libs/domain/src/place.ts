/** What decides when a run's turn comes among those that wait. */
export interface Place {
  readonly id: string;
  readonly priority: number;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

/** TX-3: the order in which runs are decided: priority, due time, id. Negative where `left` is first. */
export function byPlace(left: Place, right: Place): number {
  return right.priority - left.priority || left.dueAt - right.dueAt || (left.id < right.id ? -1 : 1);
}
