/**
 * Sends a form as the browser would, and takes the answer as JSON.
 *
 * @returns the answer, or in words why there is none
 */
export async function postForm<T>(form: HTMLFormElement): Promise<{ value: T } | { problem: string }> {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fields,
    });
    if (response.ok) return { value: (await response.json()) as T };
    return { problem: await problemOf(response) };
  } catch {
    return { problem: "The server cannot be reached. Nothing was changed." };
  }
}

async function problemOf(response: Response): Promise<string> {
  if (response.status === 429) return "That was too often. Try again in a minute.";
  try {
    const said = (await response.json()) as { text?: unknown; error?: unknown };
    const text = said.text ?? said.error;
    if (typeof text === "string") return text;
  } catch {
    // A proxy may answer with something else than JSON; the status says enough then.
  }
  return `The server answered with ${response.status}. Nothing was changed.`;
}
