import type { Context } from "hono";
import { z } from "zod";
import { answerMessage } from "../answers.ts";
import { RequestProblem } from "../errors.ts";
import { confirmationMail } from "../mail/confirmation-mail.ts";
import {
  canUnsubscribe,
  confirmSubscription,
  emailSchema,
  requestSubscription,
  unsubscribe,
} from "../mail/subscribers.ts";
import { RateLimiter } from "../rate-limit.ts";
import { readBody } from "../request-body.ts";
import { sameOriginOnly } from "../request-origin.ts";
import { type Site, spend, urlOf } from "../site.ts";

const tokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** Subscribing to the digest, confirming it and leaving it. */
export function addSubscriptionRoutes(site: Site): void {
  const { app, store, mailer, behind } = site;
  const requests = new RateLimiter({ burst: 5, perMinute: 1 });
  const guesses = new RateLimiter({ burst: 20, perMinute: 20 });

  app.post("/api/subscribe", sameOriginOnly, async (c) => {
    spend(requests, c);
    const { email } = await readBody(c, z.strictObject({ email: emailSchema }));
    if (mailer === undefined) {
      throw new RequestProblem(503, "No mail from here", "This server is not set up to send mail.");
    }
    const siteUrl = urlOf(site, c);
    // Answered before it is known whether the address is: neither the words nor the time tell.
    behind(
      (async () => {
        const token = await requestSubscription(await store.database(), email, store.clock());
        if (token !== undefined) await mailer.send(confirmationMail(email, siteUrl, token));
      })(),
    );
    return answerMessage(site, c, {
      status: 202,
      title: "Look into your inbox",
      text: "If the address is not subscribed yet, a mail with a link to confirm it is on its way.",
    });
  });

  app.get("/confirm/:token", async (c) => {
    spend(guesses, c);
    const token = tokenOf(c);
    // Asking for the head alone, as link checkers do, is no answer.
    if (c.req.method === "HEAD") return c.body(null);
    if (!(await confirmSubscription(await store.database(), token, store.clock()))) throw spent();
    return answerMessage(site, c, {
      status: 200,
      title: "You are subscribed",
      text: "The next digest comes to your inbox. A link in each mail ends it.",
    });
  });

  app.get("/unsubscribe/:token", async (c) => {
    spend(guesses, c);
    const token = tokenOf(c);
    if (!(await canUnsubscribe(await store.database(), token, store.clock()))) throw spent();
    return answerMessage(site, c, {
      status: 200,
      title: "Unsubscribe",
      text: "Do you want no more digests at this address?",
      action: { url: `/unsubscribe/${token}`, label: "Unsubscribe" },
    });
  });

  // From a button here, or from a mail program by one click (RFC 8058): the token alone says who may.
  app.post("/unsubscribe/:token", async (c) => {
    spend(guesses, c);
    if (!(await unsubscribe(await store.database(), tokenOf(c), store.clock()))) throw spent();
    return answerMessage(site, c, {
      status: 200,
      title: "You are unsubscribed",
      text: "No more digests come to this address.",
    });
  });
}

function tokenOf(c: Context): string {
  const read = tokenSchema.safeParse(c.req.param("token"));
  if (!read.success) throw spent();
  return read.data;
}

function spent(): RequestProblem {
  return new RequestProblem(
    404,
    "This link does nothing",
    "It was used already, has expired, or never was one of ours.",
  );
}
