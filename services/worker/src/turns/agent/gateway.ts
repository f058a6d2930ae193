/** Where agents are asked: an OpenAI-compatible endpoint, as this worker was told of it. */
export interface Gateway {
  /** The address before `/chat/completions`, such as `https://gateway.example.org/v1`. */
  readonly url: string;
  /** Null: it asks for none. */
  readonly token: string | null;
  /** For jobs that name none. */
  readonly model: string | null;
}
