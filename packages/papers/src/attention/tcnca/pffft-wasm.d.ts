/** The parts of the emscripten module that are used: pointers are byte offsets into its heap. */
declare module "@echogarden/pffft-wasm/simd" {
  interface Pffft {
    /** Replaced whenever the heap grows. */
    readonly HEAPF32: Float32Array;
    _pffft_new_setup(length: number, kind: number): number;
    _pffft_destroy_setup(setup: number): void;
    _pffft_transform(setup: number, input: number, output: number, work: number, direction: number): void;
    _pffft_zconvolve_accumulate(setup: number, a: number, b: number, sum: number, scale: number): void;
    _pffft_aligned_malloc(bytes: number): number;
    _pffft_aligned_free(pointer: number): void;
  }
  export default function load(): Promise<Pffft>;
}
