import { resolveSettings, type Setting, type Settings, type SettingValue } from "@paperworks/experiment";
import { SweepError } from "./errors.ts";

/** What a setting goes through in a sweep: values one by one, or all of a range. */
export type Axis =
  | { readonly name: string; readonly values: readonly SettingValue[] }
  | {
      readonly name: string;
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly integer: boolean;
    };

/**
 * Reads axes as the command line gives them: "0.01,0.03" are values, "0.001..0.1" is a range, which is logarithmic where
 * the setting says so. A single value holds the setting fixed.
 * @throws SettingError for an unknown setting or a value that it does not take
 * @throws SweepError for a value given twice or a range that is none
 */
export function readAxes(settings: Settings, given: Readonly<Record<string, string>>): Axis[] {
  return Object.entries(given).map(([name, text]) => {
    // An unknown name is refused first, whatever its text says.
    if (!Object.hasOwn(settings, name)) resolveSettings(settings, { [name]: text });
    return readAxis(settings, name, text);
  });
}

function readAxis(settings: Settings, name: string, text: string): Axis {
  const declared: Setting = settings[name];
  const read = (part: string) => resolveSettings(settings, { [name]: part.trim() })[name];
  const range = text.split("..");
  if (typeof declared.default === "number" && declared.choices === undefined && range.length > 1) {
    if (range.length > 2) throw new SweepError(`setting ${name}: "${text}" is no range such as 0.001..0.1`);
    const [low, high] = range.map(read) as number[];
    if (!(low < high)) throw new SweepError(`setting ${name}: a range goes up, and ${low}..${high} does not`);
    return { name, low, high, log: declared.log === true, integer: declared.integer === true };
  }
  const values = text.split(",").map(read);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new SweepError(`setting ${name}: ${twice} is given twice`);
  return { name, values };
}
