import { afterAll, expect, test } from 'vitest';
import { echoModel, serveEchoGateway } from './serve-echo-gateway.ts';

const gateway = await serveEchoGateway();
afterAll(gateway.stop);

function ask(model: unknown, prompt = 'Say hello', path = '/chat/completions'): Promise<Response> {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: prompt }] });
  return fetch(gateway.url + path, { method: 'POST', body, signal: AbortSignal.timeout(10_000) });
}

const eventsIn = (text: string) =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as Record<string, never>);

test('it repeats what it was asked, says that it is a demo, and counts', async () => {
  const response = await ask(echoModel);
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = eventsIn(text);
  const said = events.map((event) => event['choices']?.[0]?.['delta']?.['content'] ?? '').join('');
  expect(said).toMatch(/a demo: no model has read this[\s\S]*Say hello/);
  expect(events.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  expect(events.at(-1)).toMatchObject({ model: 'echo', usage: { prompt_tokens: 2, cost: 0 } });
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test.each([
  ['echo:400', 400],
  ['echo:401', 401],
  ['echo:429', 429],
  ['echo:500', 500],
  ['echo:503', 503],
  ['gpt', 404],
  ['constructor', 404],
  [7, 400],
])('the model %s is refused with %i', async (model, status) => {
  const response = await ask(model);
  expect([response.status, await response.json()]).toMatchObject([status, { error: {} }]);
});

test('a busy one says when to come again', async () => {
  expect((await ask('echo:429')).headers.get('retry-after')).toBe('2');
});

test.each(['echo:cut'])('%s breaks off in the middle', async (model) => {
  await expect((await ask(model)).text()).rejects.toThrow();
});

test('what it does not serve is 404', async () => {
  expect((await ask(echoModel, 'x', '/models')).status).toBe(404);
});
