import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the fake API got it. */
export interface FakeRequest {
  /** `GET /api/v1/runs?limit=1`. */
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeReply {
  readonly status?: number;
  readonly body?: unknown;
  /** Takes the response over. */
  readonly raw?: (response: ServerResponse) => void;
}

export interface FakeApi {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** An API on a free port that answers as `answer` says; what it is asked for nothing is 404. */
export async function startFakeApi(
  answer: (request: FakeRequest) => FakeReply | undefined,
): Promise<FakeApi> {
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    void readBody(incoming).then((body) => {
      const request = { line: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body };
      requests.push(request);
      reply(response, answer(request) ?? notFound);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notFound: FakeReply = { status: 404, body: { code: 'route_not_found', detail: 'nothing is here' } };

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text === '' ? undefined : JSON.parse(text);
}

function reply(response: ServerResponse, { status = 200, body, raw }: FakeReply): void {
  if (raw !== undefined) {
    raw(response);
    return;
  }
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
