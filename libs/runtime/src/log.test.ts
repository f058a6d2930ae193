import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({ name: 'test', level: 'info', destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

test('a line is JSON with the time in ISO and the level by name', () => {
  const line = JSON.parse(logged((log) => log.info({ run: 7 }, 'started')));
  expect(line).toMatchObject({ name: 'test', level: 'info', run: 7, msg: 'started' });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
});

test('secrets under their names and in the URLs of errors are masked', () => {
  const text = logged((log) => {
    log.info({ token: 'hush', config: { password: 'hush', host: 'here' } });
    log.error({ err: new Error('cannot reach postgres://me:hush@db.example/f') });
  });
  expect(text).not.toContain('hush');
  expect(text).toContain('postgres://[secret]@db.example/f');
  expect(text).toContain('"host":"here"');
});

test('what a refused command carried is masked, not which one it was', () => {
  const command = { name: 'hello', args: ['3', 'AUTH', 'default', 'hush'] };
  const text = logged((log) =>
    log.warn({ err: Object.assign(new Error('WRONGPASS'), { command }) }, 'Redis'),
  );
  expect(text).not.toContain('hush');
  expect(JSON.parse(text)).toMatchObject({ err: { message: 'WRONGPASS', command: { name: 'hello' } } });
});
