/** Uniform values in [0, 1), as pixels are. */
export const pixels = (count: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: count }, Math.random);

/** Uniform whole numbers in [0, classes). */
export const labels = (count: number, classes: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: count }, () => Math.floor(Math.random() * classes));

/** Ones with the given probability, else zeros. */
export const spikes = (count: number, rate: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, () => (Math.random() < rate ? 1 : 0));
