/**
 * The probability that |T| ≤ √ν · tan θ for Student's t with ν degrees of freedom, by the finite sums for whole ν:
 *
 *   ν = 1     2θ/π
 *   ν odd     2/π · (θ + sin θ · (cos θ + 2/3 cos³θ + … + (2·4…(ν−3))/(3·5…(ν−2)) cos^{ν−2} θ))
 *   ν even    sin θ · (1 + 1/2 cos²θ + … + (1·3…(ν−3))/(2·4…(ν−2)) cos^{ν−2} θ)
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function centralProbability(theta: number, freedom: number): number {
  const cosine = Math.cos(theta);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/**
 * The t for which Student's distribution has the given share between −t and t.
 * @param share   0 < share < 1, such as 0.9
 * @param freedom degrees of freedom, a whole number of 1 or more
 */
export function studentQuantile(share: number, freedom: number): number {
  if (!(share > 0 && share < 1)) throw new RangeError(`a share lies between 0 and 1, not at ${share}`);
  if (!Number.isInteger(freedom) || freedom < 1) throw new RangeError(`degrees of freedom are 1, 2, …, not ${freedom}`);
  let low = 0;
  let high = Math.PI / 2;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}
