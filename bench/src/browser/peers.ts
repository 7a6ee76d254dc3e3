/** Stands for `../peers.ts`, which asks Node, in a browser. */
export const threads = Math.min(2, navigator.hardwareConcurrency);

/** The library in WebAssembly takes one number of threads for all programs, so that it is said before the first. */
export const ourThreads = threads;
