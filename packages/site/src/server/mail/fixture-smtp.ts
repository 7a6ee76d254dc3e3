import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail server in this process that keeps what it takes. */
export interface FixtureSmtp {
  readonly url: string;
  readonly mails: ParsedMail[];
  /** Told of each mail before the server says that it has it. */
  beforeAnswer: (mail: ParsedMail) => void | Promise<void>;
  /** Addresses that it refuses for now. */
  readonly refused: Set<string>;
  close(): Promise<void>;
}

export async function openSmtp(): Promise<FixtureSmtp> {
  const mails: ParsedMail[] = [];
  const refused = new Set<string>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo({ address }, _session, done) {
      if (refused.has(address)) done(Object.assign(new Error("mailbox busy"), { responseCode: 450 }));
      else done();
    },
    onData(stream, _session, done) {
      simpleParser(stream)
        .then(async (mail) => {
          mails.push(mail);
          await smtp.beforeAnswer(mail);
          done();
        })
        .catch(done);
    },
  });
  // A client that is killed in the middle is part of the tests.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  const smtp: FixtureSmtp = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refused,
    beforeAnswer: () => {},
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return smtp;
}

/** The addresses a mail went to. */
export function recipientOf({ to }: ParsedMail): string {
  return (Array.isArray(to) ? to : [to]).flatMap((group) => group?.value.map(({ address }) => address) ?? []).join();
}
