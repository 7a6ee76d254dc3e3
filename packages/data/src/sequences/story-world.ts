import type { Random } from "../random.ts";

/** One thing that happens; people, places and objects by number. */
export type StoryEvent =
  | { readonly kind: "move"; readonly person: number; readonly place: number }
  | { readonly kind: "grab" | "drop"; readonly person: number; readonly object: number };

/** What is known of an object or a person, and the sentences that tell it, in the order of the story. */
export interface Whereabouts {
  readonly place: number;
  readonly supporting: readonly number[];
}

/**
 * The little world behind the stories. People move; a person whose place is known may grab an object that nobody holds
 * and that lies in that place, or has not been seen yet; what a person holds goes where the person goes.
 */
export class StoryWorld {
  /** Of each person: the place and the sentence that told it. */
  private readonly people: ({ place: number; sentence: number } | undefined)[];
  private readonly holders: (number | undefined)[];
  /** Of each object that has been touched: the latest sentence about it and, once dropped, where it lies. */
  private readonly touched: ({ sentence: number; lies?: { place: number; sentence: number } } | undefined)[];
  private readonly places: number;
  private sentence = 0;

  constructor({ people, places, objects }: { people: number; places: number; objects: number }) {
    this.people = Array.from({ length: people }, () => undefined);
    this.holders = Array.from({ length: objects }, () => undefined);
    this.touched = Array.from({ length: objects }, () => undefined);
    this.places = places;
  }

  /** Lets one thing happen to a random person: a move with probability 1/2, else a grab or drop if one is possible. */
  happen(random: Random): StoryEvent {
    const person = random.integer(this.people.length);
    const handled = random.uniform() < 0.5 ? [] : this.possible(person);
    const event = handled.length > 0 ? random.choice(handled) : this.move(person, random);
    this.apply(event);
    return event;
  }

  wherePerson(person: number): Whereabouts | undefined {
    const known = this.people[person];
    return known && { place: known.place, supporting: [known.sentence] };
  }

  /** An object is where its holder is, or where it was dropped: that takes the sentences about the object and the move. */
  whereObject(object: number): Whereabouts | undefined {
    const seen = this.touched[object];
    if (seen === undefined) return undefined;
    const holder = this.holders[object];
    const at = holder === undefined ? seen.lies : this.people[holder];
    return at && { place: at.place, supporting: [seen.sentence, at.sentence].sort((a, b) => a - b) };
  }

  private move(person: number, random: Random): StoryEvent {
    const here = this.people[person]?.place;
    let place = random.integer(this.places);
    while (place === here) place = random.integer(this.places);
    return { kind: "move", person, place };
  }

  private possible(person: number): StoryEvent[] {
    const at = this.people[person];
    if (at === undefined) return [];
    return this.holders.flatMap((holder, object): StoryEvent[] => {
      if (holder === person) return [{ kind: "drop", person, object }];
      const lies = this.touched[object]?.lies;
      const here = holder === undefined && (lies === undefined || lies.place === at.place);
      return here ? [{ kind: "grab", person, object }] : [];
    });
  }

  private apply(event: StoryEvent): void {
    const { sentence } = this;
    this.sentence++;
    if (event.kind === "move") {
      this.people[event.person] = { place: event.place, sentence };
    } else if (event.kind === "grab") {
      this.holders[event.object] = event.person;
      this.touched[event.object] = { sentence };
    } else {
      this.holders[event.object] = undefined;
      this.touched[event.object] = { sentence, lies: this.people[event.person] };
    }
  }
}
