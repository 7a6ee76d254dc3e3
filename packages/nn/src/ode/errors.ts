/** An integration that cannot go on: the right-hand side is not finite, or the step became too small; with the time it came to. */
export class IntegrationError extends Error {
  override readonly name = "IntegrationError";
  /** Where the solution ends. */
  readonly t: number;

  constructor(message: string, t: number) {
    super(message);
    this.t = t;
  }
}
