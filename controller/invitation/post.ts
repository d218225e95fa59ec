import { createTransport } from "nodemailer";
import type { Mail } from "./mail.ts";

/** The mail server that takes our mail; secrets are revealed by the caller. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` insists on it; `none` sends in clear, for a server on this host. */
  readonly security: "starttls" | "tls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly from: string;
  /** PEM of the authority of the server's certificate; the public ones when undefined. */
  readonly ca?: string | undefined;
}

/** Why a mail was not taken. `server`: none of the others would be, either. */
export type Posted =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly blame: "recipient" | "server" };

/**
 * Hands a mail to the server, or gives up when `signal` says so. Never rejects; a reason holds no secret of ours.
 */
export type Post = (mail: Mail, signal?: AbortSignal) => Promise<Posted>;

/** For the whole of a mail: a server that says a little now and then does not keep us for ever. */
const longestMs = 60_000;
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 } as const;

/** Sends through this server (RFC 5321), one connection a mail. */
export function createPost(server: MailServer, withinMs = longestMs): Post {
  const { host, port, security, user, password, from, ca } = server;
  const transport = createTransport({
    host,
    port,
    ...patience,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    // Nothing is read from files or addresses, whatever a mail says.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? "reeve.invalid";
  return async ({ to, id, subject, text, html, image }, cutOff) => {
    try {
      const timeout = AbortSignal.timeout(withinMs);
      await transport.sendMail({
        from,
        to: { name: "", address: to },
        subject,
        text,
        ...(id === undefined ? {} : { messageId: `<${id}@${domain}>` }),
        signal: cutOff === undefined ? timeout : AbortSignal.any([timeout, cutOff]),
        ...(html === undefined ? {} : { html }),
        headers: { "Auto-Submitted": "auto-generated" },
        attachments: (image === undefined ? [] : [image]).map(({ png, cid }) => ({
          filename: "enrollment-code.png",
          content: png,
          contentType: "image/png",
          cid,
          contentDisposition: "inline" as const,
        })),
      });
      return { ok: true };
    } catch (error) {
      return refusal(error, password);
    }
  };
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** Refusals of a recipient and of a message say nothing about other recipients (RFC 5321 §4.2). */
function refusal(error: unknown, password: string | undefined): Posted {
  const { code = "unknown", responseCode, response = "" } = error as SmtpError;
  const line =
    response
      .split(/[\r\n]/)[0]
      ?.replace(/[^\x20-\x7e]/g, "")
      .slice(0, 200) ?? "";
  const safe = password !== undefined && password !== "" && line.includes(password) ? "" : line;
  const reason = safe === "" ? (failures[code] ?? `it failed (${code})`) : `the mail server said: ${safe}`;
  const ofOne = (code === "EENVELOPE" || code === "EMESSAGE") && responseCode !== 421;
  return { ok: false, reason, blame: ofOne ? "recipient" : "server" };
}

const failures: Readonly<Record<string, string>> = {
  ECONNECTION: "the mail server cannot be reached",
  ESOCKET: "the mail server cannot be reached, or its certificate is not trusted",
  ETIMEDOUT: "the mail server does not answer",
  EABORT: "the mail server takes too long",
  EDNS: "the mail server's name is not known",
  EAUTH: "the mail server does not accept the user or password",
  ETLS: "the mail server offers no STARTTLS",
  EENVELOPE: "the mail server does not take mail for this address",
};
