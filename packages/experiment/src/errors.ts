/** A paper declares something that cannot be: a bad slug, two claims of one id, a bar that is not a number. */
export class PaperDefinitionError extends Error {
  override readonly name = "PaperDefinitionError";
}

/** A setting that the paper does not have, or a value outside its range. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

/** An option of a run that cannot be: a negative seed, no seeds at all. */
export class RunOptionsError extends Error {
  override readonly name = "RunOptionsError";
}

/** A measurement that fits no claim: an unknown id, a second value, the wrong number of values, a claim left out. */
export class MeasurementError extends Error {
  override readonly name = "MeasurementError";
}

/** A claim whose measurement came to a NaN or an infinity: training that diverged, a division by zero. */
export class NonFiniteMeasurementError extends Error {
  override readonly name = "NonFiniteMeasurementError";
  readonly claim: string;
  readonly values: readonly number[];

  constructor({ claim, values }: { claim: string; values: readonly number[] }) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    const which = values.length === 1 ? "its value" : `value ${at + 1} of ${values.length}`;
    super(`claim ${claim}: ${which} is ${values[at]}; a measurement must be a finite number`);
    this.claim = claim;
    this.values = values;
  }
}

/** A task that is misused: a name taken twice, a task inside a task. */
export class TaskError extends Error {
  override readonly name = "TaskError";
}

/** A task's value or a checkpoint that cannot be kept. The message gives the path to the offending part. */
export class KeptValueError extends Error {
  override readonly name = "KeptValueError";
}

/** Thrown inside an experiment when its run is told to stop. Let it pass: the runner keeps what there is. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor(message = "the run was interrupted") {
    super(message);
  }
}
