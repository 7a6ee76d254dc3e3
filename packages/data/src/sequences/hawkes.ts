import type { ArrayBatch } from "../column.ts";
import { checkInteger, checkNumber } from "../domain.ts";
import { DomainError } from "../errors.ts";
import { Random } from "../random.ts";

/**
 * A multivariate Hawkes process with exponential decay: mark k arrives at the rate
 *
 *   λ_k(t) = base_k + Σ_{t_i < t} excitation[m_i][k] e^{-decay (t - t_i)}
 */
export interface HawkesModel {
  readonly base: readonly number[];
  /** [from][to]: the jump of the rate of `to` when `from` arrives. */
  readonly excitation: readonly (readonly number[])[];
  readonly decay: number;
}

/** Events in order; `waits` are the times since the event before (the first: since 0, where the history is empty). */
export type HawkesSequences = {
  /** [count, events] */
  readonly times: ArrayBatch<Float64Array>;
  /** [count, events] */
  readonly waits: ArrayBatch<Float64Array>;
  /** [count, events] */
  readonly marks: ArrayBatch<Int32Array>;
};

/** Marks in a ring: each raises the rate of the next by `jump`, and of no other. */
export function ringHawkes({ marks = 4, base = 0.2, jump = 0.8, decay = 2 } = {}): HawkesModel {
  checkInteger("marks", marks, 1);
  return {
    base: Array.from({ length: marks }, () => base),
    excitation: Array.from({ length: marks }, (_, from) =>
      Array.from({ length: marks }, (_, to) => (to === (from + 1) % marks ? jump : 0)),
    ),
    decay,
  };
}

/**
 * Draws sequences from an empty start by Ogata's thinning: between events all rates fall, so their sum now bounds them
 * until the next; propose a wait at that bound and accept it with the probability (sum then) / bound.
 *
 * @throws DomainError for a process that explodes: a mark with Σ_k excitation[j][k] / decay ≥ 1 (a sufficient check)
 * Source: Y. Ogata, "On Lewis' simulation method for point processes", 1981.
 */
export function simulateHawkes({
  model = ringHawkes(),
  count,
  events,
  seed,
}: {
  model?: HawkesModel;
  /** Sequences, each with a stream of random numbers of its own. */
  count: number;
  events: number;
  seed: number;
}): HawkesSequences {
  checkModel(model);
  checkInteger("count", count, 1);
  checkInteger("events", events, 1);
  const times = new Float64Array(count * events);
  const waits = new Float64Array(count * events);
  const marks = new Int32Array(count * events);
  const root = new Random(seed);
  for (let sequence = 0; sequence < count; sequence++) {
    const random = root.fork(`sequence ${sequence}`);
    const excited = new Float64Array(model.base.length);
    let time = 0;
    for (let event = 0; event < events; event++) {
      const start = time;
      let rates = totalRate(model, excited);
      for (;;) {
        const wait = random.exponential(rates);
        time += wait;
        decayBy(excited, model.decay * wait);
        const now = totalRate(model, excited);
        if (random.uniform() * rates < now) break;
        rates = now;
      }
      const mark = drawMark(model, excited, random);
      excite(excited, model, mark);
      const at = sequence * events + event;
      times[at] = time;
      waits[at] = time - start;
      marks[at] = mark;
    }
  }
  const shape = [count, events];
  return { times: { data: times, shape }, waits: { data: waits, shape }, marks: { data: marks, shape } };
}

/** Exact log likelihood of one sequence, event by event; all three arrays have one entry an event. */
export interface HawkesLikelihood {
  /** Σ (waits + marks), nats: the log density of the events up to the last one. */
  readonly total: number;
  /** log density of the waiting time: log Σ_k λ_k(t_i) - residual_i */
  readonly waits: Float64Array;
  /** log probability of the mark, given the time: log λ_m(t_i) / Σ_k λ_k(t_i) */
  readonly marks: Float64Array;
  /** ∫ Σ_k λ_k from the event before: independent and Exp(1) if the model is true (time rescaling). */
  readonly residuals: Float64Array;
}

/**
 * The log likelihood of a sequence that starts at 0 with an empty history,
 *
 *   Σ_i log λ_{m_i}(t_i) - Σ_k ∫_0^{t_n} λ_k(s) ds
 *
 * computed in O(events · marks) by carrying the decayed excitations along.
 * @throws DomainError for times that fall, or marks the model does not have
 */
export function hawkesLogLikelihood(
  model: HawkesModel,
  times: ArrayLike<number>,
  marks: ArrayLike<number>,
): HawkesLikelihood {
  checkModel(model);
  if (times.length !== marks.length) throw new DomainError("marks", marks.length, `${times.length} marks, one a time`);
  const waitTerms = new Float64Array(times.length);
  const markTerms = new Float64Array(times.length);
  const residuals = new Float64Array(times.length);
  const excited = new Float64Array(model.base.length);
  const baseRate = model.base.reduce((sum, rate) => sum + rate, 0);
  let previous = 0;
  let total = 0;
  for (let i = 0; i < times.length; i++) {
    const wait = times[i] - previous;
    if (!(wait >= 0)) throw new DomainError(`times[${i}]`, times[i], `a time of at least ${previous}`);
    checkInteger(`marks[${i}]`, marks[i], 0, model.base.length - 1);
    const above = totalRate(model, excited) - baseRate;
    residuals[i] = baseRate * wait + (above * -Math.expm1(-model.decay * wait)) / model.decay;
    decayBy(excited, model.decay * wait);
    const rates = totalRate(model, excited);
    waitTerms[i] = Math.log(rates) - residuals[i];
    markTerms[i] = Math.log((model.base[marks[i]] + excited[marks[i]]) / rates);
    total += waitTerms[i] + markTerms[i];
    excite(excited, model, marks[i]);
    previous = times[i];
  }
  return { total, waits: waitTerms, marks: markTerms, residuals };
}

function checkModel({ base, excitation, decay }: HawkesModel): void {
  if (!(decay > 0 && Number.isFinite(decay))) throw new DomainError("decay", decay, "a number above 0");
  for (const rate of base) checkNumber("base", rate, 0);
  if (!base.some((rate) => rate > 0)) throw new DomainError("base", base, "a rate above 0, or nothing ever happens");
  const square = excitation.length === base.length && excitation.every((row) => row.length === base.length);
  if (!square) throw new DomainError("excitation", excitation, `${base.length} rows of ${base.length}`);
  for (const row of excitation) {
    for (const jump of row) checkNumber("excitation", jump, 0);
    const offspring = row.reduce((sum, jump) => sum + jump, 0) / decay;
    if (offspring >= 1)
      throw new DomainError("excitation", row, `a sum below the decay ${decay}, or the process explodes`);
  }
}

function totalRate(model: HawkesModel, excited: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < excited.length; k++) sum += model.base[k] + excited[k];
  return sum;
}

function decayBy(excited: Float64Array, exponent: number): void {
  const factor = Math.exp(-exponent);
  for (let k = 0; k < excited.length; k++) excited[k] *= factor;
}

function excite(excited: Float64Array, model: HawkesModel, mark: number): void {
  for (let k = 0; k < excited.length; k++) excited[k] += model.excitation[mark][k];
}

function drawMark(model: HawkesModel, excited: Float64Array, random: Random): number {
  let left = random.uniform() * totalRate(model, excited);
  for (let k = 0; k < excited.length; k++) {
    left -= model.base[k] + excited[k];
    if (left < 0) return k;
  }
  return excited.length - 1;
}
