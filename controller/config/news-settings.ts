import { namedApart, readReceiver } from "./receiver.ts";
import { duration, oneOf, path, records, secret, text, wholeNumber } from "./setting.ts";

/** Who is told of what happened. */
export const notifications = {
  receivers: records(
    "Who is told of what happened, besides those of the Organization manifest: no commit takes these away. `on` lists what is told, all of it without one; `webhook`, `slack`, `teams` and `signingKey` may be read from a file (`slackFile`).",
    "a list of {name, on, and one of email, webhook, slack, teams}",
    readReceiver,
    namedApart,
  ),
  digest: duration("How long news that are not urgent wait for others, to be told together.", "15m", "1s"),
};

/** The server that takes mail. */
export const mail = {
  host: text("The server that takes mail for others (SMTP). Without it nothing is mailed."),
  port: wholeNumber("Its port.", 587, 1, 65_535),
  security: oneOf(
    "`starttls` insists on STARTTLS, `tls` encrypts from the start, `none` sends in clear: for a server on this host.",
    ["starttls", "tls", "none"] as const,
    "starttls",
  ),
  user: text("The user name, when the server wants one."),
  password: secret("Its password."),
  from: text("The address that mail comes from."),
  caFile: path("PEM file of the authority that signed the server's certificate."),
};
