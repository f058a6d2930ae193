import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type Answering, aGateway, begin, done, event, piece, startAgentTurn } from './gateway-under-test.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function gatewayThat(answering: Answering) {
  const gateway = await aGateway(answering);
  closing.push(gateway.close);
  return gateway;
}

const hello: Answering = (response) => {
  begin(response).write(piece('Hel'));
  response.write(piece('lo', 'stop'));
  response.write(event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, cost: 0.001 } }));
  response.end(done);
};

async function reportOf(
  answering: Answering,
  ...more: [turn?: Parameters<typeof startAgentTurn>[1], limits?: object]
) {
  const { url } = await gatewayThat(answering);
  const { report, log } = startAgentTurn({ gateway: { url }, limits: more[1] ?? {} }, more[0]);
  return { ...(await report), log };
}

test('an answer is what the turn writes; what it cost is told', async () => {
  const { outcome, stdout, stderr, usage, spawnedAt, log } = await reportOf(hello);
  expect(outcome).toEqual({ kind: 'answered' });
  expect(stdout).toEqual({ text: 'Hello', bytes: 5, truncated: false });
  expect([stderr.text, log]).toEqual(['', { stdout: 'Hello', stderr: '' }]);
  expect(usage).toEqual({ model: 'm-1', inputTokens: 7, outputTokens: 2, cost: 0.001 });
  expect(spawnedAt).toBeTypeOf('number');
});

test('the gateway is asked for a stream, and told who asks', async () => {
  const gateway = await gatewayThat(hello);
  const turn = { model: 'large', maxTokens: 400 };
  await startAgentTurn({ gateway: { url: gateway.url, token: 'hush' } }, turn).report;
  expect(gateway.asked).toMatchObject([
    {
      path: '/v1/chat/completions',
      headers: {
        authorization: 'Bearer hush',
        'accept-encoding': 'identity',
        'x-flotilla-agent': 'researcher',
        'x-flotilla-job-id': 'the-job',
        'x-flotilla-run-id': 'run-1',
        'x-flotilla-attempt': '3',
        'x-flotilla-idempotency-key': 'f'.repeat(32),
      },
      body: {
        model: 'large',
        stream: true,
        max_tokens: 400,
        messages: [{ role: 'user', content: 'Say hello' }],
      },
    },
  ]);
});

test('without a token none is sent, and without a model of the job the worker has one', async () => {
  const gateway = await gatewayThat(hello);
  await startAgentTurn({ gateway: { url: gateway.url, model: 'of-the-worker' } }).report;
  expect(gateway.asked[0]?.headers.authorization).toBeUndefined();
  expect(gateway.asked[0]?.body).toMatchObject({ model: 'of-the-worker' });
});

test('a child is asked with what its parent left', async () => {
  const gateway = await gatewayThat(hello);
  const parent = {
    run: 'r',
    job: 'nightly',
    state: 'failed',
    reason: 'exit_code',
    stdout: 'ERROR 7',
    stderr: '',
  };
  await startAgentTurn({ gateway: { url: gateway.url } }, {}, { context: { parent } }).report;
  expect(gateway.asked[0]?.body.messages[0]?.content).toMatch(/ERROR 7[\s\S]*Your task[\s\S]*Say hello/);
});

test('what this worker lacks is misconfigured, and nothing has begun', async () => {
  for (const [gateway, words] of [
    [null, 'FLOTILLA_AGENT_URL'],
    [{ model: null }, 'FLOTILLA_AGENT_MODEL'],
  ] as const) {
    const { outcome, spawnedAt } = await startAgentTurn({ gateway }).report;
    expect([outcome, spawnedAt]).toEqual([
      { kind: 'misconfigured', message: expect.stringContaining(words) },
      null,
    ]);
  }
});

const refuse =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (response) => {
    response
      .writeHead(status, headers)
      .end(JSON.stringify({ error: { message: 'no, and the key is hush' } }));
  };

test.each([
  [429, 'gateway'],
  [408, 'gateway'],
  [500, 'gateway'],
  [503, 'gateway'],
  [599, 'gateway'],
  [400, 'misconfigured'],
  [401, 'misconfigured'],
  [403, 'misconfigured'],
  [404, 'misconfigured'],
  [422, 'misconfigured'],
  [302, 'misconfigured'],
])('%i is told as %s, with the refusal and without the token', async (status, kind) => {
  const { url } = await gatewayThat(refuse(status, { location: 'http://127.0.0.1:1/elsewhere' }));
  const { outcome } = await startAgentTurn({ gateway: { url, token: 'hush' } }).report;
  expect(outcome).toEqual({
    kind,
    message: expect.stringContaining(`answered ${status} no, and the key is ***`),
  });
});

test.each([
  [{ 'retry-after': '12' }, 12_000],
  [{ 'retry-after': 'Fri, 01 Jan 2027 00:01:30 GMT' }, 90_000],
  [{ 'retry-after': 'Thu, 31 Dec 2026 00:00:00 GMT' }, 0],
  [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
  [{ 'retry-after': 'soon' }, undefined],
])('%j: when it may be asked again is heard', async (headers, wantedMs) => {
  const { url } = await gatewayThat(refuse(429, headers));
  const now = () => Date.parse('2027-01-01T00:00:00Z');
  const { outcome } = await startAgentTurn({ gateway: { url }, now }).report;
  expect(outcome).toMatchObject({ kind: 'gateway' });
  expect('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined).toBe(wantedMs);
});

test.each<[string, Answering, string]>([
  [
    'is cut in the middle',
    (response) => begin(response).write(piece('Hel'), () => response.destroy()),
    'connection ended',
  ],
  ['ends in the middle', (response) => begin(response).end(piece('Hel')), 'cut in the middle'],
  ['ends within an event', (response) => begin(response).end('data: {"choices": [{"del'), 'no answer in it'],
  ['is empty', (response) => begin(response).end(), 'no answer in it'],
  [
    'is a page',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    'text/html',
  ],
  ['has no body', (response) => response.writeHead(204).end(), 'no answer in it'],
  ['is no JSON', (response) => begin(response).end(event('{{{')), 'no JSON'],
  ['is JSON of another kind', (response) => begin(response).end(event('[1]')), 'no part of an answer'],
  ['is null', (response) => begin(response).end(event('null') + done), 'no part of an answer'],
  [
    'is an error',
    (response) => begin(response).end(event({ error: { message: 'overloaded' } })),
    'overloaded',
  ],
  ['is no HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'), 'HPE_'],
  ['is of no known status', (response) => response.writeHead(304).end(), 'the status 304'],
  ['is closed at once', (response) => void response.socket?.destroy(), 'ECONNRESET'],
  ['is withheld', (response) => begin(response).end(piece('x', 'content_filter') + done), 'content_filter'],
  ['wants tools', (response) => begin(response).end(piece('', 'tool_calls') + done), 'tools'],
])('an answer that %s is the gateway’s fault', async (_title, answering, words) => {
  const { outcome } = await reportOf(answering);
  expect(outcome).toEqual({ kind: 'gateway', message: expect.stringContaining(words) });
});

test('half an answer is in the log and in what the attempt left', async () => {
  const { stdout, log, outcome } = await reportOf((response) => begin(response).end(piece('Hel')));
  expect([outcome.kind, stdout.text, log.stdout]).toEqual(['gateway', 'Hel', 'Hel']);
});

test.each<[string, Answering]>([
  ['no last event', (response) => begin(response).end(piece('Hello', 'stop'))],
  ['no finish', (response) => begin(response).end(piece('Hello') + done)],
  [
    'a connection that stays open behind the last event',
    (response) => begin(response).write(piece('Hello') + done),
  ],
  ['a connection that stays', (response) => begin(response).write(piece('Hello', 'stop') + done)],
  [
    'one that breaks behind the end',
    (response) => begin(response).write(piece('Hello', 'stop'), () => response.destroy()),
  ],
  [
    'comments between',
    (response) => begin(response).end(`: ping\n\n${piece('Hel')}: ping\n\n${piece('lo', 'stop')}${done}`),
  ],
  [
    'lines that end with CR LF',
    (response) => begin(response).end((piece('Hello', 'stop') + done).replaceAll('\n', '\r\n')),
  ],
])('an answer with %s has come to its end', async (_title, answering) => {
  const { outcome, stdout } = await reportOf(answering, { idleTimeoutMs: 5_000 });
  expect([outcome.kind, stdout.text]).toEqual(['answered', 'Hello']);
});

test('each byte may come alone', async () => {
  const bytes = Buffer.from(piece('Grüße 😀', 'stop') + done);
  const { outcome, stdout } = await reportOf((response) => {
    begin(response);
    const write = (index: number): void => {
      if (index === bytes.length) response.end();
      else response.write(bytes.subarray(index, index + 1), () => setImmediate(write, index + 1));
    };
    write(0);
  });
  expect([outcome.kind, stdout.text]).toEqual(['answered', 'Grüße 😀']);
});

/** Writes `chunk` until nobody reads any more. */
function flood(chunk: string, first = ''): Answering {
  return (response) => {
    begin(response).write(first);
    const more = (): void => {
      if (response.destroyed) return;
      if (response.write(chunk)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  };
}

test.each<[string, Answering, string]>([
  ['goes on', flood(piece('x'.repeat(1_000))), 'the answer has more than 100000 bytes'],
  [
    'has a line without end',
    flood('x'.repeat(10_000), 'data: {"choices": "'),
    'an event of the answer has more than 50000 bytes',
  ],
  [
    'has an event without end',
    flood(': x\n'.repeat(1_000)),
    'an event of the answer has more than 50000 bytes',
  ],
  ['is all empty words', flood(piece('')), 'more than 500000 bytes came'],
])(
  'an answer that %s for ever ends as too long, and the gateway is left',
  async (_title, answering, words) => {
    const gateway = await gatewayThat(answering);
    const limits = { answerBytes: 100_000, eventBytes: 50_000, wireBytes: 500_000 };
    const { outcome } = await startAgentTurn({ gateway: { url: gateway.url }, limits }).report;
    expect(outcome).toEqual({ kind: 'output_limit', message: expect.stringContaining(words) });
    await vi.waitFor(() => expect(gateway.closedConnections()).toBe(1));
  },
);

test('a refusal without end is read as far as it is quoted', async () => {
  const gateway = await gatewayThat((response) => {
    response.writeHead(500);
    flood('x'.repeat(10_000))(
      Object.assign(response, { writeHead: () => response }),
      gateway.asked[0] as never,
    );
  });
  const { outcome } = await startAgentTurn({ gateway: { url: gateway.url } }).report;
  expect(outcome.kind).toBe('gateway');
  expect(JSON.stringify(outcome).length).toBeLessThan(500);
  await vi.waitFor(() => expect(gateway.closedConnections()).toBe(1));
});

test('an answer that was cut at its length is no answer', async () => {
  const answering: Answering = (response) => begin(response).end(piece('Once upon a', 'length') + done);
  expect((await reportOf(answering, { maxTokens: 3 })).outcome).toEqual({
    kind: 'output_limit',
    message: 'the answer was cut at maxTokens (3)',
  });
});

test('silence ends the turn as idle, a slow answer does not', async () => {
  const { outcome } = await reportOf((response) => begin(response).write(piece('Hel')), {
    idleTimeoutMs: 100,
  });
  expect(outcome).toEqual({ kind: 'idle', message: 'nothing came from the gateway for 100ms' });
  const silent = await reportOf(() => undefined, { idleTimeoutMs: 100 });
  expect(silent.outcome.kind).toBe('idle');
  const slow = await reportOf(
    (response) => {
      begin(response);
      const pieces = [...'Hello'].map((letter) => piece(letter));
      const timer = setInterval(() => {
        const next = pieces.shift();
        if (next !== undefined) return void response.write(next);
        clearInterval(timer);
        response.end(done);
      }, 150);
    },
    { idleTimeoutMs: 600 },
  );
  expect([slow.outcome.kind, slow.stdout.text]).toEqual(['answered', 'Hello']);
});

test('the time of the turn is over, however busy the gateway is', async () => {
  const { outcome } = await reportOf(
    (response) => {
      begin(response);
      const timer = setInterval(() => void response.write(': ping\n\n'), 20);
      response.on('close', () => clearInterval(timer));
    },
    { timeoutMs: 300 },
  );
  expect(outcome).toEqual({ kind: 'timed_out' });
});

test.each(['cancelled', 'drained', 'fenced'] as const)('CN-1 what is %s ends its call', async (reason) => {
  const gateway = await gatewayThat((response) => void begin(response).write(piece('Hel')));
  const turn = startAgentTurn({ gateway: { url: gateway.url } });
  await vi.waitFor(() => expect(turn.log.stdout).toBe('Hel'));
  turn.stop(reason);
  expect(await turn.report).toMatchObject({ outcome: { kind: reason }, stdout: { text: 'Hel' } });
  await vi.waitFor(() => expect(gateway.closedConnections()).toBe(1));
});

/** A fence whose time is over for whoever looks at it, before any timer has said so. */
function aFence() {
  const over = new AbortController();
  let isOver = false;
  return {
    signal: over.signal,
    isPast() {
      if (isOver) over.abort('fenced');
      return isOver;
    },
    enter: () => () => undefined,
    pass() {
      isOver = true;
    },
  };
}

test('GD-7 the time is looked at with each chunk', async () => {
  const fence = aFence();
  let goOn = (): unknown => undefined;
  const gateway = await gatewayThat((response) => {
    begin(response).write(piece('Hel'));
    goOn = () => response.end(piece('lo', 'stop') + done);
  });
  const turn = startAgentTurn({ gateway: { url: gateway.url } }, {}, { fence });
  await vi.waitFor(() => expect(turn.log.stdout).toBe('Hel'));
  fence.pass();
  goOn();
  expect(await turn.report).toMatchObject({ outcome: { kind: 'fenced' }, stdout: { text: 'Hel' } });
});

test('GD-7 and before each request', async () => {
  const fence = aFence();
  const gateway = await gatewayThat((response, asked) => {
    refuse(500)(response, asked);
    fence.pass();
  });
  const turn = startAgentTurn({ gateway: { url: gateway.url } }, { fallback: ['b'] }, { fence });
  expect((await turn.report).outcome).toEqual({ kind: 'fenced' });
  expect(gateway.asked).toHaveLength(1);
  const late = startAgentTurn({ gateway: { url: gateway.url } }, {}, { fence });
  expect(await late.report).toMatchObject({ outcome: { kind: 'fenced' }, spawnedAt: null });
});

test('what is stopped before it asks has not begun', async () => {
  const gateway = await gatewayThat(hello);
  const turn = startAgentTurn({ gateway: { url: gateway.url } });
  turn.stop('cancelled');
  expect((await turn.report).outcome.kind).toBe('cancelled');
});

test('a gateway that is not there cannot be reached, and no other model of it is asked', async () => {
  const gateway = await aGateway(hello);
  await gateway.close();
  const { outcome, stderr } = await startAgentTurn({ gateway: { url: gateway.url } }, { fallback: ['b'] })
    .report;
  expect(outcome).toEqual({
    kind: 'gateway',
    message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/),
  });
  expect(stderr.text).toBe('');
});

test('one that takes a connection and says nothing of TLS cannot be reached either', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const gateway = { url: `https://127.0.0.1:${port}/v1` };
  const { outcome } = await startAgentTurn({ gateway, limits: { connectMs: 50 } }).report;
  expect(outcome).toEqual({ kind: 'gateway', message: expect.stringContaining('reached (ETIMEDOUT)') });
});

test('models are asked in order until one answers, and its answer alone counts', async () => {
  const gateway = await gatewayThat((response, asked) => {
    const { model } = asked.body;
    if (model === 'gone') return refuse(404)(response, asked);
    if (model === 'busy') return refuse(429)(response, asked);
    if (model === 'cut') return void begin(response).end(piece('Half an ans'));
    return hello(response, asked);
  });
  const turn = { model: 'gone', fallback: ['busy', 'cut', 'good', 'never'] };
  const { report, log } = startAgentTurn({ gateway: { url: gateway.url } }, turn);
  const { outcome, stdout, stderr } = await report;
  expect([outcome.kind, stdout.text, stdout.bytes]).toEqual(['answered', 'Hello', 5]);
  expect(gateway.asked.map(({ body }) => body.model)).toEqual(['gone', 'busy', 'cut', 'good']);
  expect(stderr.text.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^gone: .* 404 .*; asking busy$/),
    expect.stringMatching(/^busy: .* 429 .*; asking cut$/),
    expect.stringMatching(/^cut: .*cut in the middle; asking good$/),
  ]);
  expect(log.stdout).toBe('Half an ans\nHello');
});

test('what another model would not mend asks none', async () => {
  for (const status of [400, 401]) {
    const gateway = await gatewayThat(refuse(status));
    await startAgentTurn({ gateway: { url: gateway.url } }, { fallback: ['b'] }).report;
    expect(gateway.asked).toHaveLength(1);
  }
});

test('when none of them answers, the last one’s end is the turn’s', async () => {
  const gateway = await gatewayThat((response, asked) =>
    refuse(asked.body.model === 'a' ? 500 : 429, { 'retry-after': '3' })(response, asked),
  );
  const { outcome } = await startAgentTurn({ gateway: { url: gateway.url } }, { model: 'a', fallback: ['b'] })
    .report;
  expect(outcome).toMatchObject({
    kind: 'gateway',
    message: expect.stringContaining('429'),
    retryAfterMs: 3_000,
  });
});

test('where time may mend the first one’s end, an unknown fallback makes it no mistake of the job', async () => {
  const gateway = await gatewayThat((response, asked) =>
    asked.body.model === 'a'
      ? refuse(429, { 'retry-after': '60' })(response, asked)
      : refuse(asked.body.model === 'b' ? 404 : 503)(response, asked),
  );
  const askedOf = async (fallback: string) =>
    (await startAgentTurn({ gateway: { url: gateway.url } }, { model: 'a', fallback: [fallback] }).report)
      .outcome;
  for (const fallback of ['b', 'c'])
    expect(await askedOf(fallback)).toMatchObject({ kind: 'gateway', retryAfterMs: 60_000 });
});

test('what the models before have cost is told with the last one’s', async () => {
  const gateway = await gatewayThat((response, asked) => {
    if (asked.body.model === 'b') return hello(response, asked);
    const usage = { prompt_tokens: 5, completion_tokens: 1 };
    begin(response).write(piece('', 'content_filter'));
    return void response.end(event({ choices: [], usage }) + done);
  });
  const { usage } = await startAgentTurn({ gateway: { url: gateway.url } }, { model: 'a', fallback: ['b'] })
    .report;
  expect(usage).toEqual({ model: 'm-1', inputTokens: 12, outputTokens: 3, cost: 0.001 });
});

test('a long refusal is cut behind the masking, so that no piece of the token is left', async () => {
  const { url } = await gatewayThat(
    (response) =>
      void response
        .writeHead(400)
        .end(JSON.stringify({ error: { message: `${'x'.repeat(290)}token-of-this-worker` } })),
  );
  const { outcome } = await startAgentTurn({ gateway: { url, token: 'token-of-this-worker' } }).report;
  expect('message' in outcome ? outcome.message : '').not.toContain('token');
});

test('the token is masked wherever the gateway repeats it', async () => {
  const { url } = await gatewayThat((response) => {
    begin(response).write(piece('the key is hu'));
    response.end(piece('sh!', 'stop') + done);
  });
  const { report, log } = startAgentTurn({ gateway: { url, token: 'hush' } });
  expect([(await report).stdout.text, log.stdout]).toEqual(['the key is ***!', 'the key is ***!']);
});

test('figures that make no sense are no figures', async () => {
  const { outcome, usage } = await reportOf((response) => {
    const figures = { prompt_tokens: -1, completion_tokens: 1.5, cost: 'much' };
    begin(response, { 'x-litellm-response-cost': '0.25' }).end(
      piece('x', 'stop', { usage: figures, model: 7 }) + done,
    );
  });
  expect([outcome.kind, usage]).toEqual([
    'answered',
    { model: null, inputTokens: null, outputTokens: null, cost: 0.25 },
  ]);
});
