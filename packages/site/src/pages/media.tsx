import type { PaperPageData } from "../page-data.ts";

export function Images({ images }: Pick<PaperPageData, "images">) {
  if (images.length === 0) return null;
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images</h2>
      <div className="image-grid">
        {images.map(({ name, url, caption }) => (
          <figure key={name}>
            <a href={url}>
              <img src={url} alt={caption ?? name} loading="lazy" />
            </a>
            <figcaption>{caption ?? name}</figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}

export function Sounds({ sounds }: Pick<PaperPageData, "sounds">) {
  if (sounds.length === 0) return null;
  return (
    <section aria-labelledby="sounds">
      <h2 id="sounds">Sounds</h2>
      <div className="sound-list">
        {sounds.map(({ name, url, caption }) => (
          <figure key={name}>
            <figcaption>{caption ?? name}</figcaption>
            {/* biome-ignore lint/a11y/useMediaCaption: sounds of experiments, which nobody speaks in */}
            <audio controls preload="none" src={url} aria-label={name} />
          </figure>
        ))}
      </div>
    </section>
  );
}
