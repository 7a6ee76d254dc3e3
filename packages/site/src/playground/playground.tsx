import { type ComponentType, useEffect, useState } from "react";

/** The picture of a paper that its reader can move, computed by the paper's own module in the page. */
export function Playground({ slug }: { readonly slug: string }) {
  const [loaded, setLoaded] = useState<{ readonly component: ComponentType }>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    // The server shows no picture, and its build leaves the papers' modules out.
    if (import.meta.env.SSR) return;
    import("./pictures.ts")
      .then(({ pictures }) => pictures[slug]())
      .then(
        (component) => setLoaded({ component }),
        (error: Error) => setProblem(error.message),
      );
  }, [slug]);
  if (problem !== undefined) return <p className="problem">It could not be loaded: {problem}</p>;
  if (loaded === undefined) return <p className="soft">This picture moves where scripts may run.</p>;
  const { component: Picture } = loaded;
  return <Picture />;
}
