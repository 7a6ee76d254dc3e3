import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";

const speakers = ["ALMA", "BRAND", "CELIA", "DORN", "EDDA", "FALK"] as const;
const subjects = [
  "the king",
  "my brother",
  "a soldier",
  "the night",
  "this letter",
  "our mother",
  "the river",
] as const;
const verbs = ["shall find", "has forgotten", "would follow", "cannot bear", "will remember", "did betray"] as const;
const objects = [
  "the crown",
  "an old promise",
  "your silence",
  "the empty road",
  "what was said",
  "a broken sword",
] as const;
const endings = [".", ".", "!", "?"] as const;

/**
 * Scenes of a play in a small language of its own, for models of characters when no real text is there: a speaker in capitals, a
 * colon, and a few sentences. Two speakers talk in turn until the scene ends, so that who speaks next can be known from far back.
 */
export function generatedPlays({ characters, seed }: { characters: number; seed: number }): string {
  checkInteger("characters", characters, 1);
  const random = new Random(seed);
  let text = "";
  while (text.length < characters) {
    const first = random.choice(speakers);
    const pair = [first, random.choice(speakers.filter((name) => name !== first))];
    const turns = 2 + random.integer(5);
    for (let turn = 0; turn < turns && text.length < characters; turn++) {
      const sentences = Array.from({ length: 1 + random.integer(3) }, () => {
        const sentence = `${random.choice(subjects)} ${random.choice(verbs)} ${random.choice(objects)}${random.choice(endings)}`;
        return sentence[0].toUpperCase() + sentence.slice(1);
      });
      text += `${pair[turn % 2]}:\n${sentences.join(" ")}\n\n`;
    }
  }
  return text.slice(0, characters);
}
