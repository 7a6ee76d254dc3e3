import type { DigestPaper } from "./digest-mail.ts";

/** A paper of a digest, made up. */
export const fixturePaper: DigestPaper = {
  card: {
    slug: "made-up",
    family: "attention",
    title: "A <Made-up> Paper",
    year: 2026,
    arxiv: null,
    authors: [],
    summary: "It says something.",
    listed: "2026-11-24",
    runs: true,
    verdicts: { reproduced: 2, missed: 1, inconclusive: 0, notJudged: 0 },
    picture: null,
    votes: 3,
    voted: false,
  },
  picture: null,
};
