/** A day as "2026-11-24", in UTC. */
export type Day = string;

export const millisecondsADay = 86_400_000;

export function dayOf(time: Date): Day {
  return time.toISOString().slice(0, 10);
}

/** Whether a text is a day of the calendar: "2026-02-30" is none. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && dayOf(time) === text;
}

/** The moment at which a day is over. */
export function endOf(day: Day): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + millisecondsADay);
}
