const bounds = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The plain part of cron (numbers, weekday names, lists, ranges, steps), expanded into sets. */
export interface Expanded {
  readonly seconds: readonly number[];
  /** Whether a wall-clock minute is one of the expression's. */
  matchesMinute(wall: number): boolean;
  readonly isFixed: boolean;
}

export function expandCron(expression: string): Expanded {
  const words = expression.split(' ');
  const fields = words.length === 5 ? ['0', ...words] : words;
  const [seconds, minutes, hours, days, months, weekdays] = fields.map((field, index) => {
    const [low, high] = bounds[index] ?? [0, -1];
    return expandField(field, low, high);
  });
  if (!seconds || !minutes || !hours || !days || !months || !weekdays || fields.length > 6) {
    throw new Error(`the oracle does not read "${expression}"`);
  }
  const [, minuteText = '', hourText = '', dayText, , weekdayText] = fields;
  const anyDay = dayText === '*';
  const anyWeekday = weekdayText === '*';
  return {
    seconds: [...seconds].sort((left, right) => left - right),
    isFixed: !/[*/]/.test(minuteText) && !/[*/]/.test(hourText),
    matchesMinute(wall) {
      const date = new Date(wall);
      if (!minutes.has(date.getUTCMinutes()) || !hours.has(date.getUTCHours())) return false;
      if (!months.has(date.getUTCMonth() + 1)) return false;
      const byDay = days.has(date.getUTCDate());
      const byWeekday = weekdays.has(date.getUTCDay()) || (date.getUTCDay() === 0 && weekdays.has(7));
      if (anyDay || anyWeekday) return byDay && byWeekday;
      return byDay || byWeekday;
    },
  };
}

function expandField(field: string, low: number, high: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [first = '', last = first] = range.split('-').map(toNumber);
    const begin = range === '*' ? low : Number(first);
    const end = range === '*' ? high : Number(last);
    if (!(begin <= end)) throw new Error(`the oracle does not read "${item}"`);
    for (let value = begin; value <= end; value += Number(step)) values.add(value);
  }
  return values;
}

function toNumber(word: string): string {
  const weekday = weekdayNames.indexOf(word.toUpperCase());
  return weekday < 0 ? word : String(weekday);
}
