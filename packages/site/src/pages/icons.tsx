/** Shapes that stand beside a word and say nothing of their own to a screen reader. */
interface IconProps {
  readonly path: string;
  readonly size?: number;
}

function Icon({ path, size = 16 }: IconProps) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
}

export const SearchIcon = () => <Icon path="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14" />;
export const VoteIcon = () => <Icon path="M8 3.5 13 10H3Z" />;
export const ForwardIcon = () => <Icon path="m6 3.5 4.5 4.5L6 12.5" />;
export const BackIcon = () => <Icon path="M10 3.5 5.5 8l4.5 4.5" />;
export const FeedIcon = () => <Icon path="M3 8a5 5 0 0 1 5 5M3 3.5A9.5 9.5 0 0 1 12.5 13M4 12h.01" />;
export const ClockIcon = () => <Icon path="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 2.8V8l2.2 1.6" />;
export const DownloadIcon = () => <Icon path="M8 2.5v8M4.5 7 8 10.5 11.5 7M3 13.5h10" />;

/** Each verdict has its own shape, so that its meaning does not hang on colour. */
export const verdictPaths = {
  reproduced: "m3.5 8.5 3 3 6-7",
  missed: "m4 4 8 8m0-8-8 8",
  inconclusive: "M2.5 9c1.8-3 3.7-3 5.5-1s3.7 2 5.5-1",
  "not judged": "M4 8h8",
} as const;

export const VerdictIcon = ({ verdict }: { readonly verdict: keyof typeof verdictPaths }) => (
  <Icon path={verdictPaths[verdict]} size={14} />
);

/** A sheet whose turned corner is a tick: paper that was checked. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <path className="sheet" d="M6 3h13l7 7v19H6Z" />
      <path className="fold" d="M19 3v7h7" />
      <path className="tick" d="m11 19 4 4 7-9" />
    </svg>
  );
}
