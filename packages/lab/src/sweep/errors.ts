/** A sweep that cannot be: no axis, a value given twice, a range without random points. */
export class SweepError extends Error {
  override readonly name = "SweepError";
}
