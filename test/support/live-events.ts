import type { FleetApi } from './fleet-api.ts';

/** A client of the live events, from now on. */
export interface LiveEvents {
  /** What came so far, in order: the ids `<epoch>-<sequence>`, and `reset` where events may be missing. */
  readonly heard: readonly string[];
  close(): void;
}

export async function followLive({ url, token }: FleetApi): Promise<LiveEvents> {
  const closing = new AbortController();
  const { status, body } = await fetch(`${url}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: closing.signal,
  });
  if (status !== 200 || body === null) throw new Error(`GET /events was answered with ${status}`);
  const heard: string[] = [];
  void read(body, heard).catch(() => undefined); // it ends with the fleet
  return { heard, close: () => closing.abort() };
}

const told = /^(?:id: (?<id>.*)|event: (?<type>.*))$/;

async function read(body: ReadableStream<Uint8Array>, heard: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  let place = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { id, type } = told.exec(line)?.groups ?? {};
      place = id ?? place; // alone it only says how far the stream is
      if (type !== undefined) heard.push(type === 'reset' ? type : place);
    }
  }
}
