/** `Timestamp` and its like: `Thu, 04 Apr 2024 18:32:15 +0000`, always UTC, day padded (CONTRACT §3.2). */
import type { EpochMs } from '../base/brands.js';

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const secondsPerDay = 86_400;
/** Days from 1 March of year 0 to 1 January 1970 in the proleptic Gregorian calendar. */
const epochFromMarchZeroDays = 719_468;
const daysPerEra = 146_097;
const yearsPerEra = 400;
/** 1 January 1970 was a Thursday. */
const epochWeekday = 4;

type CivilDate = { readonly year: number; readonly month: number; readonly day: number };

/** RFC 2822 §3.3 with a numeric zone; milliseconds are cut off, not rounded. */
export function rfc2822(atMs: EpochMs): string {
  const seconds = Math.floor(atMs / 1000);
  const days = Math.floor(seconds / secondsPerDay);
  const secondOfDay = seconds - days * secondsPerDay;
  const { year, month, day } = civilDate(days);
  const clock = [Math.floor(secondOfDay / 3600), Math.floor(secondOfDay / 60) % 60, secondOfDay % 60].map(twoDigits);
  const weekday = weekdays[modulo(days + epochWeekday, 7)];
  return `${weekday}, ${twoDigits(day)} ${months[month - 1]} ${String(year).padStart(4, '0')} ${clock.join(':')} +0000`;
}

/**
 * Calendar date of a day counted from 1 January 1970. Years are counted from March, so that the leap day is the last
 * day of its year, in eras of 400 years, after which the Gregorian calendar repeats.
 */
function civilDate(daysSinceEpoch: number): CivilDate {
  const days = daysSinceEpoch + epochFromMarchZeroDays;
  const era = Math.floor(days / daysPerEra);
  const dayOfEra = days - era * daysPerEra;
  const leapDaysPassed = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDaysPassed) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * yearsPerEra + (month <= 2 ? 1 : 0), month, day };
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
