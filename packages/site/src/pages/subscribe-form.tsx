import { type FormEvent, useState } from "react";
import type { FormAnswer } from "../page-data.ts";
import { postForm } from "./post-form.ts";

/** "Get the papers in your inbox": the answer comes into the page, or as a page where there is no script. */
export function SubscribeForm() {
  const [said, setSaid] = useState<{ text: string; failed: boolean }>();
  const [waiting, setWaiting] = useState(false);

  async function subscribe(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (waiting) return;
    const form = event.currentTarget;
    setWaiting(true);
    const answer = await postForm<Partial<FormAnswer>>(form);
    setWaiting(false);
    if ("problem" in answer) return setSaid({ text: answer.problem, failed: true });
    setSaid({ text: answer.value.text ?? "Look into your inbox for a link that confirms it.", failed: false });
    form.reset();
  }

  return (
    <form className="subscribe" method="post" action="/api/subscribe" onSubmit={subscribe}>
      <label htmlFor="subscribe-email">Get the papers in your inbox</label>
      <p className="soft" id="subscribe-note">
        One mail a day with the papers that trend. A link in each mail ends it.
      </p>
      <div className="field">
        <input
          id="subscribe-email"
          name="email"
          type="email"
          required
          maxLength={254}
          autoComplete="email"
          placeholder="you@example.org"
          aria-describedby="subscribe-note"
        />
        <button type="submit" disabled={waiting}>
          Subscribe
        </button>
      </div>
      <p role="status" className={said?.failed ? "problem" : "said"}>
        {said?.text}
      </p>
    </form>
  );
}
