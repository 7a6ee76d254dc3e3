import type { ComponentType } from "react";

/** The parts of pages that are taken up again, each fetched only by a page that has it. */
const islands: Readonly<Record<string, () => Promise<ComponentType<never>>>> = {
  papers: async () => (await import("../pages/paper-search.tsx")).PaperSearch,
  subscribe: async () => (await import("../pages/subscribe-form.tsx")).SubscribeForm,
  vote: async () => (await import("../pages/vote-button.tsx")).VoteButton,
  playground: async () => (await import("../playground/playground.tsx")).Playground,
  run: async () => (await import("../pages/run-live.tsx")).RunLive,
  citation: async () => (await import("../pages/citation.tsx")).Citation,
};

/** Hydrates every island of the page with the properties that stand in front of it. */
export async function hydrateIslands(): Promise<void> {
  const places = [...document.querySelectorAll<HTMLElement>("[data-island]")];
  if (places.length === 0) return;
  const [{ createElement }, { hydrateRoot }] = await Promise.all([import("react"), import("react-dom/client")]);
  await Promise.all(
    places.map(async (place) => {
      const component = await islands[place.dataset.island as string]?.();
      const given = place.previousElementSibling;
      if (component === undefined || !given?.matches("[data-island-props]")) return;
      hydrateRoot(place, createElement(component, JSON.parse(given.textContent as string)));
      place.dataset.live = "";
    }),
  );
}
