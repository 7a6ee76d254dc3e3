import { PaperDefinitionError, SettingError } from "./errors.ts";

export type SettingValue = number | string | boolean;

/** One knob of an experiment: a slider on its page, `--set` on the command line, an axis of a sweep. */
export interface Setting<T extends SettingValue = SettingValue> {
  readonly default: T;
  readonly min?: number;
  readonly max?: number;
  /** The slider moves on a logarithmic scale. */
  readonly log?: boolean;
  readonly integer?: boolean;
  readonly choices?: readonly T[];
  readonly description?: string;
}

export type Settings = Readonly<Record<string, Setting>>;

/** The values of settings: `{ learningRate: Setting<number> }` gives `{ learningRate: number }`. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

export interface NumberSettingOptions {
  min: number;
  max: number;
  log?: boolean;
  /** Only whole numbers. */
  integer?: boolean;
  description?: string;
}

/** A number within [min, max]. */
export function setting(value: number, options: NumberSettingOptions): Setting<number>;
/** A switch. */
export function setting(value: boolean, options?: { description?: string }): Setting<boolean>;
/** One of a few values. */
export function setting<const T extends number | string>(
  value: NoInfer<T>,
  options: { choices: readonly T[]; description?: string },
): Setting<T>;
/** Free text. */
export function setting(value: string, options?: { description?: string }): Setting<string>;
export function setting(value: SettingValue, options: Omit<Setting, "default"> = {}): Setting {
  const made: Setting = { ...options, default: value };
  if (options.choices !== undefined) {
    if (options.choices.length === 0) throw new PaperDefinitionError("a setting with choices needs at least one");
  } else if (typeof value === "number") {
    const { min, max } = options;
    if (!Number.isFinite(min) || !Number.isFinite(max) || !(min! < max!)) {
      throw new PaperDefinitionError(`a number setting needs min < max, both finite, not ${min} and ${max}`);
    }
    if (options.log && min! <= 0) throw new PaperDefinitionError(`a logarithmic setting needs min > 0, not ${min}`);
  }
  const wrong = problemWith(made, value);
  if (wrong !== undefined) throw new PaperDefinitionError(`the default of a setting must be allowed: ${wrong}`);
  return made;
}

/**
 * The values of a run: defaults where nothing is given. Text is read as the setting's own type.
 * @throws SettingError for an unknown name, text that is no number or switch, or a value outside the range
 */
export function resolveSettings<S extends Settings>(
  settings: S,
  given: Readonly<Record<string, SettingValue>> = {},
): SettingValues<S> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) {
      const known = Object.keys(settings);
      const hint = known.length === 0 ? "this paper has none" : `this paper has ${known.join(", ")}`;
      throw new SettingError(`no setting is called "${name}": ${hint}`);
    }
  }
  const values: Record<string, SettingValue> = {};
  for (const [name, declared] of Object.entries(settings)) {
    const raw = Object.hasOwn(given, name) ? given[name] : declared.default;
    const value = typeof raw === "string" ? readText(name, declared, raw) : raw;
    const wrong = problemWith(declared, value);
    if (wrong !== undefined) throw new SettingError(`setting ${name}: ${wrong}`);
    values[name] = value;
  }
  return values as SettingValues<S>;
}

function readText(name: string, declared: Setting, text: string): SettingValue {
  if (typeof declared.default === "number") {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw new SettingError(`setting ${name}: "${text}" is not a number`);
    return value;
  }
  if (typeof declared.default === "boolean") {
    if (text === "true" || text === "false") return text === "true";
    throw new SettingError(`setting ${name}: "${text}" is neither true nor false`);
  }
  return text;
}

function problemWith(declared: Setting, value: SettingValue): string | undefined {
  if (typeof value !== typeof declared.default) {
    return `${JSON.stringify(value)} is a ${typeof value}, not a ${typeof declared.default}`;
  }
  if (declared.choices !== undefined) {
    if (declared.choices.includes(value)) return undefined;
    return `${JSON.stringify(value)} is none of ${declared.choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
  }
  if (typeof value !== "number") return undefined;
  const { min, max, integer } = declared;
  if (!Number.isFinite(value) || value < min! || value > max!) return `${value} is outside ${min} … ${max}`;
  if (integer && !Number.isInteger(value)) return `${value} is not a whole number`;
  return undefined;
}
