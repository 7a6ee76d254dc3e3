import type { SourceFile, SourceSection } from "../page-data.ts";
import { ScrollBox } from "./scroll-box.tsx";

/** The module's files: what their comments say beside the code that does it. */
export function SourceView({ source }: { readonly source: readonly SourceFile[] }) {
  if (source.length === 0) return null;
  return (
    <section aria-labelledby="source" className="source">
      <h2 id="source">Annotated source</h2>
      <p className="soft">
        {source.length} files. The explanation is the code's own; each line number is a link to that line.
      </p>
      {source.map((file, index) => (
        <FileView key={file.path} file={file} open={index === 0} />
      ))}
    </section>
  );
}

function FileView({ file: { path, sections }, open }: { readonly file: SourceFile; readonly open: boolean }) {
  const cut = path.lastIndexOf("/") + 1;
  const opening = /(?:^|\s)class="k-[^"]*">(?:import)</.test(sections[0]?.codeHtml ?? "");
  return (
    <details className="file" open={open} id={path.replace(/[^A-Za-z0-9]+/g, "-")}>
      <summary className="file-name">
        <h3>
          <span className="soft">{path.slice(0, cut)}</span>
          {path.slice(cut)}
        </h3>
      </summary>
      {sections.map((section, index) => (
        <SectionView
          key={section.firstLine}
          section={section}
          folded={index === 0 && opening && section.proseHtml === ""}
          label={`${path}, from line ${section.firstLine}`}
        />
      ))}
    </details>
  );
}

interface SectionViewProps {
  readonly section: SourceSection;
  /** Imports at a file's head are there for those who ask. */
  readonly folded: boolean;
  readonly label: string;
}

function SectionView({ section: { proseHtml, codeHtml }, folded, label }: SectionViewProps) {
  const code = (
    <ScrollBox className="code" label={label}>
      <pre>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: escaped by the highlighter */}
        <code dangerouslySetInnerHTML={{ __html: codeHtml }} />
      </pre>
    </ScrollBox>
  );
  if (folded) {
    return (
      <details className="imports">
        <summary>imports</summary>
        {code}
      </details>
    );
  }
  return (
    <div className="stretch">
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: made from the module's own comments */}
      <div className="prose" dangerouslySetInnerHTML={{ __html: proseHtml }} />
      {code}
    </div>
  );
}
