import { Converter, ReflectionKind } from "typedoc";
import { entryPoints } from "./entry-points.js";

/** `[rows, width]: …` says a shape here, and defines a link in Markdown, which would not be shown. */
const shape = /^(\s*)\[([^\]]*)\]:/gm;
const endsInShape = /(?:^|\n)\s*\[[^\]]*\]:\s*$/;

/** Shapes become plain text; any other relative link that leads nowhere is an error. */
function plain(parts, place, logger) {
  return parts.map((part, i) => {
    if (part.kind === "relative-link" && part.target === undefined) {
      if (!endsInShape.test(parts[i - 1]?.text ?? "")) logger.error(`${place}: the link to ${part.text} leads nowhere`);
      return { kind: "text", text: part.text };
    }
    return part.kind === "text" ? { ...part, text: part.text.replace(shape, "$1\\[$2\\]:") } : part;
  });
}

/** A module goes by what is written to import it: `data/src/images` is `@paperworks/data/images`. */
const importNames = new Map(
  entryPoints.map(({ name, file }) => [file.replace(/^packages\//, "").replace(/(\/index)?\.ts$/, ""), name]),
);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const { logger } = app;
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = importNames.get(module.name) ?? module.name;
    if (project.readme) project.readme = plain(project.readme, "README.md", logger);
    for (const reflection of Object.values(project.reflections)) {
      const place = reflection.getFullName();
      if (reflection.kindOf(ReflectionKind.Document)) reflection.content = plain(reflection.content, place, logger);
      const { comment } = reflection;
      if (!comment) continue;
      comment.summary = plain(comment.summary, place, logger);
      for (const tag of comment.blockTags) tag.content = plain(tag.content, place, logger);
    }
  });
}
