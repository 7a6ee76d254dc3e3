import { useState } from "react";
import { ScrollBox } from "./scroll-box.tsx";

/** The paper's BibTeX with a button that copies it. */
export function Citation({ bibtex }: { readonly bibtex: string }) {
  const [said, setSaid] = useState("");

  async function copy() {
    try {
      await navigator.clipboard.writeText(bibtex);
      setSaid("Copied");
    } catch {
      setSaid("The browser does not allow it: select the text instead");
    }
    setTimeout(() => setSaid(""), 3000);
  }

  return (
    <div className="citation">
      <ScrollBox className="bibtex" label="BibTeX entry">
        <pre>{bibtex}</pre>
      </ScrollBox>
      <button type="button" className="quiet needs-script" onClick={copy}>
        Copy
      </button>
      <span role="status">{said}</span>
    </div>
  );
}
