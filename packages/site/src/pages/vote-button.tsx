import { type FormEvent, useState } from "react";
import type { VoteAnswer } from "../page-data.ts";
import { VoteIcon } from "./icons.tsx";
import { postForm } from "./post-form.ts";

export interface VoteButtonProps {
  readonly slug: string;
  readonly title: string;
  readonly votes: number;
  readonly voted: boolean;
  /** Where a browser without script comes back to. */
  readonly back: string;
}

/** One vote a visitor, given and taken back by the same button; a form where there is no script. */
export function VoteButton({ slug, title, back, ...given }: VoteButtonProps) {
  const [state, setState] = useState<{ votes: number; voted: boolean }>(given);
  const [problem, setProblem] = useState<string>();
  const [waiting, setWaiting] = useState(false);

  async function vote(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (waiting) return;
    const before = state;
    setWaiting(true);
    setProblem(undefined);
    setState({ voted: !before.voted, votes: before.votes + (before.voted ? -1 : 1) });
    const answer = await postForm<VoteAnswer>(event.currentTarget);
    if ("problem" in answer) {
      setState(before);
      setProblem(answer.problem);
    } else {
      setState({ votes: answer.value.votes, voted: answer.value.voted });
    }
    setWaiting(false);
  }

  return (
    <form className="vote" method="post" action={`/api/papers/${slug}/vote`} onSubmit={vote}>
      <input type="hidden" name="back" value={back} />
      <button type="submit" aria-pressed={state.voted} aria-label={`Vote for ${title}, ${counted(state.votes)}`}>
        <VoteIcon />
        <span>{state.votes}</span>
      </button>
      <span role="status" className={problem ? "problem" : "unseen"}>
        {problem}
      </span>
    </form>
  );
}

const counted = (votes: number): string => (votes === 1 ? "1 vote" : `${votes} votes`);
