import type { ArrayBatch } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";
import { type StoryEvent, StoryWorld, type Whereabouts } from "./story-world.ts";

const peopleNames = ["mary", "john", "sandra", "daniel", "emma", "peter", "laura", "bill"];
const placeNames = [
  "kitchen",
  "garden",
  "office",
  "bathroom",
  "hallway",
  "bedroom",
  "cellar",
  "attic",
  "park",
  "school",
];
const objectNames = ["football", "apple", "milk", "book", "lamp", "key", "hat", "cup"];
const wordsPerSentence = 4;
const wordsPerQuestion = 3;

export interface StoryOptions {
  /** 1: "where is mary", 2: "where is football". */
  readonly supportingFacts?: 1 | 2;
  readonly people?: number;
  readonly places?: number;
  readonly objects?: number;
  /** A story's length is uniform from `minSentences` to `maxSentences`. */
  readonly minSentences?: number;
  readonly maxSentences?: number;
  readonly count: number;
  readonly seed: number;
}

/** Stories with questions; all columns agree on the first axis, so they can be batched. Token 0 is padding. */
export type StoryColumns = {
  /** [count, maxSentences, 4] */
  readonly stories: ArrayBatch<Int32Array>;
  /** [count, maxSentences, 4]: 1 at a word, 0 at padding */
  readonly storyMask: ArrayBatch<Float32Array>;
  /** [count]: sentences of each story */
  readonly lengths: ArrayBatch<Int32Array>;
  /** [count, 3] */
  readonly questions: ArrayBatch<Int32Array>;
  /** [count]: the word that answers, always a place */
  readonly answers: ArrayBatch<Int32Array>;
  /** [count, supportingFacts]: the sentences needed, in the order of the story */
  readonly supporting: ArrayBatch<Int32Array>;
};

export interface StoryTask {
  /** Words by token; the first, padding, is "". */
  readonly vocabulary: readonly string[];
  readonly columns: StoryColumns;
}

/**
 * Stories in the manner of bAbI: sentences "mary moved to kitchen", "mary grabbed apple", "mary dropped apple", then
 * "where is apple" (two supporting facts: who has it or where it was dropped, and that person's move) or "where is mary"
 * (one). The places of carried objects follow their carrier. Every question can be answered from its story.
 *
 * The default is 4 people, 6 places, 3 objects and at most 12 sentences.
 * Source: J. Weston et al., "Towards AI-complete question answering", 2015, tasks 1 and 2.
 */
export function storyTask(options: StoryOptions): StoryTask {
  const { supportingFacts = 2, people = 4, places = 6, objects = 3, maxSentences = 12, count, seed } = options;
  const { minSentences = Math.max(supportingFacts, Math.ceil(maxSentences / 2)) } = options;
  checkInteger("supportingFacts", supportingFacts, 1, 2);
  checkInteger("people", people, 1, peopleNames.length);
  checkInteger("places", places, 2, placeNames.length);
  checkInteger("objects", objects, 1, objectNames.length);
  checkInteger("minSentences", minSentences, supportingFacts);
  checkInteger("maxSentences", maxSentences, minSentences);
  checkInteger("count", count, 1, 10_000_000);
  const words = [peopleNames.slice(0, people), placeNames.slice(0, places), objectNames.slice(0, objects)];
  const vocabulary = ["", "moved", "to", "grabbed", "dropped", "where", "is", ...words.flat()];
  const token = new Map(vocabulary.map((word, index) => [word, index]));
  const encode = (sentence: string) => sentence.split(" ").map((word) => token.get(word) as number);
  const stories = new Int32Array(count * maxSentences * wordsPerSentence);
  const storyMask = new Float32Array(stories.length);
  const lengths = new Int32Array(count);
  const questions = new Int32Array(count * wordsPerQuestion);
  const answers = new Int32Array(count);
  const supporting = new Int32Array(count * supportingFacts);
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const story = drawStory(random, { people, places, objects, minSentences, maxSentences, supportingFacts });
    lengths[i] = story.events.length;
    story.events.forEach((event, j) => {
      const tokens = encode(sentenceOf(event));
      const at = (i * maxSentences + j) * wordsPerSentence;
      stories.set(tokens, at);
      storyMask.fill(1, at, at + tokens.length);
    });
    const subject = supportingFacts === 1 ? peopleNames[story.subject] : objectNames[story.subject];
    questions.set(encode(`where is ${subject}`), i * wordsPerQuestion);
    answers[i] = token.get(placeNames[story.answer.place]) as number;
    supporting.set(story.answer.supporting, i * supportingFacts);
  }
  return {
    vocabulary,
    columns: {
      stories: { data: stories, shape: [count, maxSentences, wordsPerSentence] },
      storyMask: { data: storyMask, shape: [count, maxSentences, wordsPerSentence] },
      lengths: { data: lengths, shape: [count] },
      questions: { data: questions, shape: [count, wordsPerQuestion] },
      answers: { data: answers, shape: [count] },
      supporting: { data: supporting, shape: [count, supportingFacts] },
    },
  };
}

/** One story of the task as people read it. */
export function readStory(
  { vocabulary, columns }: StoryTask,
  index: number,
): { sentences: string[]; question: string } {
  checkInteger("index", index, 0, columns.lengths.data.length - 1);
  const read = (tokens: Int32Array) =>
    Array.from(
      tokens.filter((word) => word > 0),
      (word) => vocabulary[word],
    ).join(" ");
  const width = columns.stories.shape[1] * wordsPerSentence;
  const sentences = Array.from({ length: columns.lengths.data[index] }, (_, j) => {
    const start = index * width + j * wordsPerSentence;
    return read(columns.stories.data.subarray(start, start + wordsPerSentence));
  });
  const start = index * wordsPerQuestion;
  return { sentences, question: read(columns.questions.data.subarray(start, start + wordsPerQuestion)) };
}

interface Story {
  readonly events: readonly StoryEvent[];
  readonly subject: number;
  readonly answer: Whereabouts;
}

/** Draws stories until one has an answer: the last thing to know may not have been told yet. */
function drawStory(random: Random, options: Required<Omit<StoryOptions, "count" | "seed">>): Story {
  for (;;) {
    const { minSentences, maxSentences } = options;
    const world = new StoryWorld(options);
    const length = minSentences + random.integer(maxSentences - minSentences + 1);
    const events = Array.from({ length }, () => world.happen(random));
    const known: { subject: number; answer: Whereabouts }[] = [];
    const subjects = options.supportingFacts === 1 ? options.people : options.objects;
    for (let subject = 0; subject < subjects; subject++) {
      const answer = options.supportingFacts === 1 ? world.wherePerson(subject) : world.whereObject(subject);
      if (answer !== undefined) known.push({ subject, answer });
    }
    if (known.length > 0) return { events, ...random.choice(known) };
  }
}

function sentenceOf(event: StoryEvent): string {
  const person = peopleNames[event.person];
  if (event.kind === "move") return `${person} moved to ${placeNames[event.place]}`;
  return `${person} ${event.kind === "grab" ? "grabbed" : "dropped"} ${objectNames[event.object]}`;
}
