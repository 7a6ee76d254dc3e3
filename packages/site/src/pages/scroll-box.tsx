import type { ReactNode } from "react";

interface ScrollBoxProps {
  readonly label: string;
  readonly className: string;
  /** Title of the figure that stands in it, by which the browser finds it. */
  readonly figure?: string;
  readonly children: ReactNode;
}

/** What may be wider than the page scrolls in itself, by keyboard too, and says what it is. */
export function ScrollBox({ label, className, figure, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it groups no fields of a form, and a landmark for each would be noise
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className={className} data-figure={figure} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
