import type { Setting, SettingValue } from "@paperworks/experiment";

export interface SettingFieldProps {
  readonly name: string;
  readonly setting: Setting;
  readonly value: SettingValue;
  onChange(value: SettingValue): void;
}

/** One knob of an experiment: a choice, a switch, a number within its range, or text. */
export function SettingField({ name, setting, value, onChange }: SettingFieldProps) {
  const id = `setting-${name}`;
  const note = setting.description === undefined ? undefined : `${id}-note`;
  return (
    <div className="field">
      <label htmlFor={id}>
        <code>{name}</code>
      </label>
      {setting.choices !== undefined ? (
        <select
          id={id}
          aria-describedby={note}
          value={String(value)}
          onChange={({ target }) =>
            onChange(setting.choices?.find((choice) => String(choice) === target.value) ?? value)
          }
        >
          {setting.choices.map((choice) => (
            <option key={String(choice)}>{String(choice)}</option>
          ))}
        </select>
      ) : typeof value === "boolean" ? (
        <input
          id={id}
          type="checkbox"
          aria-describedby={note}
          checked={value}
          onChange={({ target }) => onChange(target.checked)}
        />
      ) : typeof value === "number" ? (
        <input
          id={id}
          type="number"
          aria-describedby={note}
          value={value}
          min={setting.min}
          max={setting.max}
          step={setting.integer ? 1 : "any"}
          onChange={({ target }) => Number.isFinite(target.valueAsNumber) && onChange(target.valueAsNumber)}
        />
      ) : (
        <input id={id} value={value} aria-describedby={note} onChange={({ target }) => onChange(target.value)} />
      )}
      {setting.description !== undefined && (
        <p id={note} className="soft">
          {setting.description}
        </p>
      )}
    </div>
  );
}
