/** Colours for data that stand out from a light page and from a dark one alike, with 3 : 1 or more. */
export const palette = ["#3b7fc4", "#c8641b", "#2f9160", "#cc4b5c", "#8a6bc4", "#8f7338", "#c2569c", "#6b8391"];
