const levels = "▁▂▃▄▅▆▇█";
const parts = " ▏▎▍▌▋▊▉█";

/**
 * A share of work done as a bar of eighths.
 * @param share 0 … 1; beyond, it is cut
 */
export function progressBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const whole = "█".repeat(Math.floor(eighths / 8));
  return (whole + (eighths % 8 === 0 ? "" : parts[eighths % 8])).padEnd(width, "░");
}

/**
 * Values in order as bars of eight heights, from the least to the greatest of those shown. More values than there is
 * place for are averaged bucket by bucket; a bucket without a finite value is a gap.
 */
export function sparkline(values: readonly number[], width: number): string {
  const count = Math.min(width, values.length);
  const buckets = Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * values.length) / count);
    const bucket = values.slice(from, Math.floor(((index + 1) * values.length) / count)).filter(Number.isFinite);
    if (bucket.length === 0) return Number.NaN;
    return bucket.reduce((sum, value) => sum + value / bucket.length, 0);
  });
  const finite = buckets.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return buckets
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      const share = high === low ? 0 : (value - low) / (high - low);
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))];
    })
    .join("");
}
