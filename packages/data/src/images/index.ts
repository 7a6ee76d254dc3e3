export { type Augmentation, augmentedBatch } from "./augmented-batch.ts";
export { digitGlyphs, type Glyph, type Stroke } from "./glyphs.ts";
export { drawGlyph, type Handwriting, handwriting } from "./pen.ts";
export { type FloatImages, type Photographs, photographs } from "./photographs.ts";
export { strokeDigits } from "./stroke-digits.ts";
export { shapeClasses, texturedShapes } from "./textured-shapes.ts";
export { type Pattern, randomPattern } from "./textures.ts";
