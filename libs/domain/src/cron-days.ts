/** Which days of a month an expression means. Where both fields restrict, one of them is enough. */
export interface DayRule {
  /** 1 to 31; null where the field restricts nothing. */
  readonly monthDays: readonly (number | 'last')[] | null;
  readonly weekdays: readonly WeekdayRule[] | null;
}

export interface WeekdayRule {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** The how-manieth in its month; null: each one. */
  readonly nth: number | 'last' | null;
}

/** The days of a month that a rule means, ascending. The month is given by its length and its first day's weekday. */
export function matchingDays(rule: DayRule, length: number, firstWeekday: number): number[] {
  const days = Array.from({ length }, (_, index) => index + 1);
  return days.filter((day) => {
    const { monthDays, weekdays } = rule;
    const byDate =
      monthDays?.some((wanted) => (wanted === 'last' ? day === length : day === wanted)) ?? false;
    const weekday = (firstWeekday + day - 1) % 7;
    const byWeekday =
      weekdays?.some((wanted) => wanted.weekday === weekday && isNth(wanted, day, length)) ?? false;
    return byDate || byWeekday || (monthDays === null && weekdays === null);
  });
}

function isNth({ nth }: WeekdayRule, day: number, length: number): boolean {
  if (nth === null) return true;
  return nth === 'last' ? day + 7 > length : Math.ceil(day / 7) === nth;
}

/** Whether any month of any year has such a day: 30 February has not. */
export function isSatisfiable(rule: DayRule, months: readonly number[]): boolean {
  const lengths = new Set(months.flatMap((month) => (month === 2 ? [28, 29] : [daysIn(2001, month)])));
  const weekdays = [0, 1, 2, 3, 4, 5, 6];
  return [...lengths].some((length) =>
    weekdays.some((firstWeekday) => matchingDays(rule, length, firstWeekday).length > 0),
  );
}

/** The number of days in a month (1 to 12) of a year. */
export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
