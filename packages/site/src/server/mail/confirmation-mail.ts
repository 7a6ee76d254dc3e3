import { escapeMarkup } from "../markup.ts";
import type { Mail } from "./mailer.ts";

/** The mail that asks whether an address wants the digest. */
export function confirmationMail(to: string, siteUrl: string, token: string): Mail {
  const link = `${siteUrl}/confirm/${token}`;
  const ask = `Somebody, probably you, asked for the Daily Papers digest of ${siteUrl} at this address.`;
  const ignore = "If it was not you, do nothing: without this no mail follows. The link works once, for two days.";
  return {
    to,
    subject: "Confirm: Daily Papers by e-mail",
    text: `${ask}\n\nTo get it, open\n\n  ${link}\n\n${ignore}\n`,
    html: `<!doctype html><html lang="en"><body><p>${escapeMarkup(ask)}</p><p><a href="${escapeMarkup(link)}">Yes, send me the digest</a></p><p>${escapeMarkup(ignore)}</p></body></html>`,
  };
}
