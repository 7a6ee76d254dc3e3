import type { ReactNode, Ref } from "react";

interface ScrollBoxProps {
  readonly label: string;
  readonly className: string;
  /** Title of the figure that stands in it, by which the browser finds it. */
  readonly figure?: string;
  readonly ref?: Ref<HTMLDivElement>;
  readonly children?: ReactNode;
}

/** What may be wider than the page scrolls in itself, by keyboard too, and says what it is. */
export function ScrollBox({ label, className, figure, ref, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it groups no fields of a form, and a landmark for each would be noise
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div ref={ref} className={className} data-figure={figure} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
