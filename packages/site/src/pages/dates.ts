const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const dayLength = 24 * 60 * 60 * 1000;

/** "2026-11-24" → "Tuesday, 24 November 2026", the same on the server and in any browser. */
export function longDate(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return `${weekdays[date.getUTCDay()]}, ${shortDate(day)}`;
}

/** "2026-11-24" → "24 November 2026". */
export function shortDate(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** The day so many days later: "2026-11-30", 1 → "2026-12-01". */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayLength).toISOString().slice(0, 10);
