import { describe, expect, it } from "vitest";
import { DomainError } from "../errors.ts";
import { readStory, storyTask } from "./story-task.ts";

/** Reads the sentences as a person would, and answers "where is X" with the sentences that tell it. */
function answer(sentences: readonly string[], subject: string): { place: string; supporting: number[] } | undefined {
  const whereabouts = new Map<string, { place: string; at: number }>();
  const carrier = new Map<string, { person: string; at: number }>();
  const lying = new Map<string, { place: string; supporting: number[] }>();
  sentences.forEach((sentence, at) => {
    const [person, verb, object, place] = sentence.split(" ");
    if (verb === "moved") {
      whereabouts.set(person, { place, at });
      return;
    }
    const here = whereabouts.get(person);
    if (here === undefined) throw new Error(`${person} handles ${object} nowhere`);
    if (verb === "grabbed") {
      if (carrier.has(object)) throw new Error(`${object} is held already`);
      const found = lying.get(object);
      if (found !== undefined && found.place !== here.place) throw new Error(`${object} is not in ${here.place}`);
      carrier.set(object, { person, at });
    } else {
      if (carrier.get(object)?.person !== person) throw new Error(`${person} does not hold ${object}`);
      carrier.delete(object);
      lying.set(object, { place: here.place, supporting: [here.at, at] });
    }
  });
  const seen = whereabouts.get(subject);
  if (seen !== undefined) return { place: seen.place, supporting: [seen.at] };
  const held = carrier.get(subject);
  if (held === undefined) return lying.get(subject);
  const holder = whereabouts.get(held.person) as { place: string; at: number };
  return { place: holder.place, supporting: [held.at, holder.at].sort((a, b) => a - b) };
}

describe.each([1, 2] as const)("storyTask with %d supporting facts", (supportingFacts) => {
  const task = storyTask({ supportingFacts, count: 1000, seed: 0 });
  const { columns, vocabulary } = task;

  it("is consistent: reading each story again gives its answer and its supporting sentences", () => {
    for (let i = 0; i < 1000; i++) {
      const { sentences, question } = readStory(task, i);
      const read = answer(sentences, question.split(" ")[2]);
      expect(read?.place, sentences.join(". ")).toBe(vocabulary[columns.answers.data[i]]);
      const supporting = columns.supporting.data.subarray(i * supportingFacts, (i + 1) * supportingFacts);
      expect(read?.supporting).toEqual([...supporting]);
    }
  });

  it("keeps lengths within bounds, pads with token 0 and masks exactly the words", () => {
    expect(columns.stories.shape).toEqual([1000, 12, 4]);
    expect(Math.max(...columns.lengths.data)).toBe(12);
    expect(Math.min(...columns.lengths.data)).toBeGreaterThanOrEqual(6);
    columns.stories.data.forEach((word, i) => {
      if (word > 0 !== (columns.storyMask.data[i] === 1)) throw new Error(`mask at ${i}`);
    });
    expect(vocabulary).toHaveLength(7 + 4 + 6 + 3);
  });

  it("cannot be answered by the last place named, and no place is the answer too often", () => {
    const counts = new Map<number, number>();
    let last = 0;
    for (let i = 0; i < 1000; i++) {
      const word = columns.answers.data[i];
      counts.set(word, (counts.get(word) ?? 0) + 1);
      const moves = readStory(task, i).sentences.filter((sentence) => sentence.includes("moved"));
      if (moves.at(-1)?.endsWith(vocabulary[word])) last++;
    }
    expect(last / 1000).toBeLessThan(0.5);
    expect(counts.size).toBe(6);
    expect(Math.max(...counts.values()) / 1000).toBeLessThan(0.25);
  });

  it("is the same for the same seed, and another for another", () => {
    expect(storyTask({ supportingFacts, count: 1000, seed: 0 })).toEqual(task);
    expect(storyTask({ supportingFacts, count: 1000, seed: 1 }).columns.stories.data).not.toEqual(columns.stories.data);
  });
});

describe("storyTask", () => {
  it("refuses more people than it has names for, and stories shorter than the facts they need", () => {
    expect(() => storyTask({ people: 9, count: 1, seed: 0 })).toThrow(
      "people is 9; expected a whole number from 1 to 8",
    );
    expect(() => storyTask({ minSentences: 1, count: 1, seed: 0 })).toThrow(DomainError);
  });
});
