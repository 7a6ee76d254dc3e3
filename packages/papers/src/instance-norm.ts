import { add, div, mean, mul, sqrt, square, sub, type Tensor } from "@paperworks/tensor";

/**
 * Forecasts a series on a scale of its own: the past is standardised by its mean and deviation, and the forecast is brought back, so
 * that level and scale need not be learned (reversible instance normalisation; Kim et al., 2022).
 *
 * @param past [batch, window]
 * @param forecast from a standardised past [batch, window] to a future [batch, horizon]
 * @returns [batch, horizon], on the scale of the past
 */
export function onOwnScale(past: Tensor, forecast: (standard: Tensor) => Tensor): Tensor {
  const level = mean(past, -1, { keepDims: true });
  const centred = sub(past, level);
  const deviation = sqrt(add(mean(square(centred), -1, { keepDims: true }), 1e-5));
  return add(mul(forecast(div(centred, deviation)), deviation), level);
}
