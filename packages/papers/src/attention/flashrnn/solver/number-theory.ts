export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

export const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** The different primes that divide n ≥ 1, ascending. */
export function primesOf(n: number): number[] {
  const primes: number[] = [];
  for (let p = 2; p * p <= n; p++) {
    if (n % p !== 0) continue;
    primes.push(p);
    while (n % p === 0) n /= p;
  }
  if (n > 1) primes.push(n);
  return primes;
}

/** Whether n ≥ 1 is a product of the given primes. */
export function factorsOver(n: number, primes: readonly number[]): boolean {
  for (const p of primes) while (n % p === 0) n /= p;
  return n === 1;
}

/**
 * The products of the given primes from 1 to `upper`, ascending.
 *
 * @returns undefined if there are more than `most`
 */
export function smoothNumbers(primes: readonly number[], upper: number, most: number): number[] | undefined {
  let found = [1];
  for (const p of primes) {
    const longer: number[] = [];
    for (const n of found) for (let m = n; m <= upper; m *= p) longer.push(m);
    if (longer.length > most) return undefined;
    found = longer;
  }
  return found.filter((n) => n <= upper).sort((a, b) => a - b);
}

/** The largest whole number whose power is at most n. */
export function wholeRoot(n: number, exponent: number): number {
  let root = Math.max(0, Math.round(n ** (1 / exponent)) + 1);
  while (root > 0 && root ** exponent > n) root--;
  return root;
}
