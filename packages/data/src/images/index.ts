export { digitGlyphs, type Glyph, type Stroke } from "./glyphs.ts";
export { drawGlyph, type Handwriting, handwriting } from "./pen.ts";
export { strokeDigits } from "./stroke-digits.ts";
