/** Figures become live when they are about to be seen, so that Vega is not fetched for nothing. */
export function watchFigures(): void {
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        void import("./live-figure.ts").then(({ enliven }) => enliven(target as HTMLElement));
      }
    },
    { rootMargin: "300px" },
  );
  for (const place of document.querySelectorAll("[data-figure]")) watcher.observe(place);
}
