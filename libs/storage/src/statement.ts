/** One named SQL statement. The name is what Postgres prepares it under and what errors and figures call it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export function statement(name: string, text: string): Statement {
  return { name, text };
}
