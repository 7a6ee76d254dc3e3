import { InvalidArgumentError } from "commander";

/** A time of day in UTC: minutes after midnight. */
export function timeOfDay(text: string): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  if (hours === undefined) throw new InvalidArgumentError("It takes a time of day in UTC, such as 07:00.");
  return Number(hours) * 60 + Number(minutes);
}
