const names: ReadonlySet<string> = new Set(["gradient-noise", "dgmlp", "aaren", "flashrnn", "gla"]);

/** Whether a paper has a picture to play with. */
export const hasPlayground = (slug: string): boolean => names.has(slug);
