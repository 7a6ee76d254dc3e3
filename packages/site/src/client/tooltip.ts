/** What a mark stands for, beside the pointer: a row a field. */
export class Tooltip {
  readonly box = document.createElement("div");

  constructor() {
    this.box.className = "tooltip";
    this.box.hidden = true;
    // Among the page's content, for those who move by its parts.
    (document.querySelector("main") ?? document.body).append(this.box);
  }

  show(event: MouseEvent, value: unknown): void {
    if (value === null || value === undefined || value === "") {
      this.box.hidden = true;
      return;
    }
    this.box.replaceChildren(...(typeof value === "object" ? rowsOf(value) : [String(value)]));
    this.box.hidden = false;
    const { width, height } = this.box.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - width - 8);
    const top = event.clientY + 14 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 14;
    this.box.style.left = `${Math.max(8, left)}px`;
    this.box.style.top = `${top}px`;
  }
}

function rowsOf(value: object): HTMLElement[] {
  return Object.entries(value).map(([name, part]) => {
    const row = document.createElement("div");
    const label = document.createElement("span");
    label.textContent = name;
    row.append(label, String(part));
    return row;
  });
}
