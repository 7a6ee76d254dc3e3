import type { ComponentType } from "react";

/** Text of a JSON block inside a page: no "<" in it can end the block. */
export const jsonBlock = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

/**
 * A part of a page that the browser takes up again: rendered here, hydrated by `client/main.ts` under the same name with the
 * same properties, which stand in a block of JSON in front of it.
 */
export function Island<P extends object>({
  name,
  component: Component,
  props,
  className,
}: {
  readonly name: string;
  readonly component: ComponentType<P>;
  readonly props: P;
  readonly className?: string;
}) {
  return (
    <>
      {/* A block of data, which no policy against inline scripts forbids. */}
      <script
        type="application/json"
        data-island-props
        // biome-ignore lint/security/noDangerouslySetInnerHtml: escaped by jsonBlock
        dangerouslySetInnerHTML={{ __html: jsonBlock(props) }}
      />
      <div data-island={name} className={className}>
        <Component {...props} />
      </div>
    </>
  );
}
