/** Bad usage of the command: one line says what, and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Errors that mean bad usage or bad input, by name: asking by name spares `list` the packages that define them. Their
 * messages are for the user, without a stack.
 */
const inputErrors = new Set([
  "UsageError",
  "RunOptionsError",
  "SettingError",
  "RunFolderError",
  "PaperFileError",
  "ResultFormatError",
  "EngineOptionError",
  "DeviceError",
  "DataFolderError",
  "DataFormatError",
  "DownloadError",
  "DatabaseError",
  "JobError",
  "SweepError",
  "FeedError",
  "MailError",
  "ServeError",
]);

export function isInputError({ name }: { readonly name: string }): boolean {
  return inputErrors.has(name);
}

/** A message as one line. */
export function oneLine(message: string): string {
  return message.trim().replaceAll(/\s*\n\s*/g, " ");
}
