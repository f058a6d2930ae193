import { CronExpressionParser } from 'cron-parser';
import { type DayRule, isSatisfiable, type WeekdayRule } from './cron-days.ts';
import { remembered } from './remembered.ts';

/** A cron expression, field by field; lists ascend. */
export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DayRule;
  /** 1 to 12. */
  readonly months: readonly number[];
  /** No `*` and no step in minute and hour: it names times of the day, which follow gap and fold. */
  readonly isFixed: boolean;
}

/** Says which field of an expression is wrong, and what it may be. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

export const maxCronLength = 200;

/** Expressions kept parsed, since planning reads the same ones again and again. */
const maxParsed = 4_096;

const aliases: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The fields in their order, and what users may write there. */
const fields = {
  second: { name: 'second', allowed: '0 to 59' },
  minute: { name: 'minute', allowed: '0 to 59' },
  hour: { name: 'hour', allowed: '0 to 23' },
  dayOfMonth: { name: 'day of month', allowed: '1 to 31, or L for the last day' },
  month: { name: 'month', allowed: '1 to 12, or JAN to DEC' },
  dayOfWeek: {
    name: 'day of week',
    allowed:
      '0 to 7 (0 and 7 are Sunday), SUN to SAT, FRIL for the last Friday, or MON#2 for the second Monday',
  },
} as const;

type Field = keyof typeof fields;

/** The shapes of a list item. Which shape and value a field takes is cron-parser's to say. */
const listItem =
  /^(?:(?:[*?]|\d{1,2}(?:-\d{1,2})?|[A-Z]{3}(?:-[A-Z]{3})?)(?:\/\d{1,2})?|L|(?:\d|[A-Z]{3})(?:L|#[1-5]))$/;

/** Reads an expression of 5 fields, of 6 (seconds first), or an alias such as `@daily`. Throws a {@link CronError}. */
export const parseCron = remembered(maxParsed, (text: string): Cron => {
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = splitFields(text);
  const cron = {
    seconds: numbersOf('second', second),
    minutes: numbersOf('minute', minute),
    hours: numbersOf('hour', hour),
    days: {
      monthDays: isOpen(dayOfMonth) ? null : monthDaysOf(dayOfMonth),
      weekdays: isOpen(dayOfWeek) ? null : weekdaysOf(dayOfWeek),
    },
    months: numbersOf('month', month),
    isFixed: !/[*?/]/.test(minute + hour),
  };
  if (isSatisfiable(cron.days, cron.months)) return cron;
  throw new CronError(`"${text}" never comes: no such day in month "${month}"`);
});

type SixWords = [string, string, string, string, string, string];

function splitFields(text: string): SixWords {
  if (text.length > maxCronLength) {
    throw new CronError(
      `${text.length} characters are too long: a cron expression has at most ${maxCronLength}`,
    );
  }
  if (text.startsWith('@') && aliases[text] === undefined) {
    throw new CronError(`"${text}" is not known: write one of ${Object.keys(aliases).join(', ')}`);
  }
  const words = (aliases[text] ?? text).trim().toUpperCase().split(/\s+/);
  const six = words.length === 5 ? ['0', ...words] : words;
  if (six.length === 6) return six as SixWords;
  throw new CronError(
    `"${text}" has ${words.length} fields: write 5 (minute, hour, day of month, month, day of week) or 6 (second first)`,
  );
}

/** A day field that restricts nothing. A step restricts, even after a star. */
function isOpen(text: string): boolean {
  return text.split(',').some((item) => item === '*' || item === '?');
}

function numbersOf(field: Field, text: string): number[] {
  const numbers = text.split(',').flatMap((item) => expand(field, item).map(Number));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

function monthDaysOf(text: string): (number | 'last')[] {
  const values = text.split(',').flatMap((item) => expand('dayOfMonth', item));
  return values.map((value) => (value === 'L' ? 'last' : Number(value)));
}

function weekdaysOf(text: string): WeekdayRule[] {
  return text.split(',').flatMap((item) => {
    const [, nth] = item.split('#');
    return expand('dayOfWeek', item).map((value) => ({
      weekday: Number.parseInt(value, 10) % 7,
      nth: value.endsWith('L') ? 'last' : nth === undefined ? null : Number(nth),
    }));
  });
}

/** What one item of a field's list stands for, by cron-parser: item by item, so that an error can name it. */
function expand(field: Field, item: string): string[] {
  const expression = Object.keys(fields).map((each) => (each === field ? item : '*'));
  try {
    if (!listItem.test(item)) throw new CronError();
    // The date is given so that the parser does not look at a clock.
    const options = { currentDate: new Date(0), tz: 'UTC' };
    return CronExpressionParser.parse(expression.join(' '), options).fields[field].values.map(String);
  } catch {
    throw new CronError(`${fields[field].name} "${item}" is not valid${advice(field, item)}`);
  }
}

function advice(field: Field, item: string): string {
  if (item.startsWith('H')) return ': write fixed values, and "spread" to share out the load';
  if (/^(?:\d+-[A-Z]+|[A-Z]+-\d+)/.test(item)) return ': write a range with two numbers or with two names';
  return `: allowed are ${fields[field].allowed}; ranges ascend, steps are 1 or more`;
}
