import { MailError } from "../errors.ts";

/** A mail to one person. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pictures that the HTML names as "cid:…". */
  readonly pictures?: readonly { readonly cid: string; readonly name: string; readonly png: Uint8Array }[];
}

export interface Mailer {
  /** @throws whatever nodemailer says; `wasRefused` tells what is certain of it */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** How mails leave this site. */
export interface MailSettings {
  /** "smtp://user:password@host:587". */
  readonly smtpUrl: string;
  /** "Daily Papers <papers@example.org>". */
  readonly from: string;
}

/** The settings of an environment; undefined when it names no mail server. @throws MailError when they are incomplete */
export function mailSettings(environment: Readonly<Record<string, string | undefined>>): MailSettings | undefined {
  const { SMTP_URL: smtpUrl, MAIL_FROM: from } = environment;
  if (smtpUrl === undefined || smtpUrl === "") return undefined;
  if (!/^smtps?:\/\/[^/]/.test(smtpUrl)) {
    throw new MailError("SMTP_URL is no address of a mail server such as smtp://user:password@mail.example.org:587");
  }
  if (from === undefined || !/^[^\r\n]*[^\s@]+@[^\s@]+$/.test(from)) {
    throw new MailError('MAIL_FROM must say who mails are from, such as "Daily Papers <papers@example.org>"');
  }
  return { smtpUrl, from };
}

/** Sends by SMTP; one connection is kept for several mails. */
export async function smtpMailer({ smtpUrl, from }: MailSettings): Promise<Mailer> {
  const { createTransport } = await import("nodemailer");
  const url = new URL(smtpUrl);
  url.searchParams.set("pool", "true");
  url.searchParams.set("maxConnections", "1");
  const timeouts = { connectionTimeout: "15000", greetingTimeout: "15000", socketTimeout: "30000" };
  for (const [name, value] of Object.entries(timeouts)) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  const transport = createTransport(url.href);
  return {
    async send({ to, subject, text, html, headers, pictures = [] }) {
      await transport.sendMail({
        from,
        // As an object, so that no comma in it names a second one.
        to: { name: "", address: to },
        subject,
        text,
        html,
        headers: { ...headers },
        attachments: pictures.map(({ cid, name, png }) => ({ cid, filename: name, content: Buffer.from(png) })),
        disableUrlAccess: true,
      });
    },
    close: () => transport.close(),
  };
}

/**
 * Whether a mail that could not be sent has certainly not been delivered: the server was not reached, or answered no.
 * After a connection that broke in the middle nobody knows.
 */
export function wasRefused(error: unknown): boolean {
  const { responseCode, code, command } = error as { responseCode?: number; code?: string; command?: string };
  if (responseCode !== undefined && responseCode >= 400) return true;
  return command === "CONN" || code === "EDNS" || code === "EAUTH" || code === "EENVELOPE";
}
