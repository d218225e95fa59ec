import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";
import { createAuthority, createLeaf, readAuthority } from "../../apple/identity.ts";
import type { Parts } from "../../assemble.ts";
import { createPost, type MailServer } from "../../invitation/post.ts";
import { mailAccountCode, mailInvitations } from "../../loop/mail-invitations.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { listLinks } from "../../store/links.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, organizationWith } from "../manifests.ts";

const server = (await storesOfSuite()).at(-1) ?? pglite;
const password = "a password & more";
const instructions = "enrollment: {displayName: Acme <Works>, supportEmail: help@acme.example}";
const files = { ...baseline, "org.yaml": organizationWith(instructions) };
const three = ["ada@acme.example", "nobody@acme.example", "lea@acme.example"];

test("each recipient is mailed a link of his own, and one who is refused keeps nobody from theirs", async () => {
  await using mailbox = await listen();
  await using house = await installWith(mailbox.server);
  const mailed = await mailInvitations(house.controller.enroll, invitation(house), three);

  expect(mailed).toMatchObject([
    { to: "ada@acme.example", sent: true },
    { to: "nobody@acme.example", sent: false, reason: "the mail server said: 550 No such mailbox here" },
    { to: "lea@acme.example", sent: true },
  ]);
  // The link that reached nobody is good for nothing.
  const links = await listLinks(house.store, house.world.now());
  expect(links.map((link) => link.mailedTo).toSorted()).toEqual(["ada@acme.example", "lea@acme.example"]);
  expect(mailbox.taken.map((mail) => mail.to)).toEqual([["ada@acme.example"], ["lea@acme.example"]]);
  const [first = "", second = ""] = mailbox.taken.map((mail) => linkIn(mail.text));
  expect(first).not.toBe(second);

  const [{ text } = { text: "" }] = mailbox.taken;
  expect(text).toContain("Subject: Enroll your device with Acme <Works>");
  expect(text).toContain("From: mdm@acme.example");
  expect(text).toContain("Acme &lt;Works&gt; invites you");
  expect(text).toContain('<img src="cid:enrollment-code@reeve"');
  expect(text).toContain("Content-ID: <enrollment-code@reeve>");
  expect(text).toContain("iPhone and iPad:");
  expect(text).not.toContain(password);

  expect(await house.device("IPAD").enroll(first)).toEqual({ ok: true });
  await house.settle();
  expect(await viewDevices(house.looking, { limit: 5 }, {})).toMatchObject({
    devices: [{ serial: "SIM-1", owner: "ada@acme.example" }],
  });
  expect(await house.device("SECOND").enroll(first)).toMatchObject({ ok: false });
});

test("a server that refuses us is asked once, and no reason tells the password", async () => {
  await using mailbox = await listen();
  for (const wrong of [
    { password: `${password}!`, says: "does not accept the user or password" },
    { ca: undefined, says: "certificate" },
    { port: 1, says: "cannot be reached" },
  ]) {
    const { says, ...settings } = wrong;
    await using house = await installWith({ ...mailbox.server, ...settings });
    const mailed = await mailInvitations(house.controller.enroll, invitation(house), three);
    expect(mailed.map(({ sent }) => sent)).toEqual([false, false, false]);
    for (const { reason = "" } of mailed) {
      expect(reason).toContain(says);
      expect(reason).not.toContain(password);
    }
    expect(await listLinks(house.store, house.world.now())).toEqual([]);
  }
  expect(mailbox.taken).toEqual([]);
});

test("a server that offers no encryption gets neither mail nor password", async () => {
  await using mailbox = await listen({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
  await using house = await installWith(mailbox.server);
  const [one] = await mailInvitations(house.controller.enroll, invitation(house), ["ada@acme.example"]);
  expect(one).toMatchObject({ sent: false });
  expect(mailbox.taken).toEqual([]);
});

test("without a mail server nothing is promised", async () => {
  await using house = await install({ stores: server, files, devices: [] });
  await expect(mailInvitations(house.controller.enroll, invitation(house), three)).rejects.toMatchObject({
    code: "no-mail-server",
  });
});

test("a code to sign in with an account is mailed to its holder, and good for his account", async () => {
  await using mailbox = await listen();
  await using house = await installWith(mailbox.server, { accounts: "device" });
  const account = "ada@acme.example";
  const sent = await mailAccountCode(house.controller.enroll, invitation(house), account, account);
  expect(sent).toEqual({ to: account, sent: true });
  const [{ text } = { text: "" }] = mailbox.taken;
  expect(text).toContain("Subject: Sign in to Acme <Works>");
  const code = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/m.exec(text.replaceAll("\r", ""))?.[0] ?? "";
  const signedIn = await house.device("IPAD").signIn({ domain: "https://mdm.test", account, code });
  expect(signedIn).toEqual({ ok: true });
});

function invitation(house: Installation) {
  return { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test" };
}

async function installWith(mail: MailServer, more: Partial<Parts> = {}): Promise<Installation> {
  const devices = [
    { serial: "SIM-1", platform: "ipados", name: "IPAD" },
    { serial: "SIM-2", platform: "ipados", name: "SECOND" },
  ] as const;
  const house = await install({ stores: server, files, devices, parts: { post: createPost(mail), ...more } });
  await house.settle();
  return house;
}

/** A mail server that nobody here wrote: it insists on a password, and knows no `nobody`. */
async function listen(options: { disabledCommands?: string[]; allowInsecureAuth?: boolean } = {}) {
  const pem = await createAuthority({ organization: "Mail", now: Date.now(), bits: 2048 });
  const about = { commonName: "localhost", hosts: ["localhost"], usage: "server", now: Date.now() } as const;
  const leaf = await createLeaf(readAuthority(pem), about);
  const taken: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    key: createPrivateKey(leaf.keyPem).export({ type: "pkcs8", format: "pem" }).toString(),
    cert: leaf.certificatePem,
    ...options,
    onAuth: ({ username, password: given }, _session, done) =>
      username === "reeve" && given === password
        ? done(null, { user: username })
        : done(Object.assign(new Error(`Wrong, ${given}`), { responseCode: 535 })),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith("nobody@")
        ? done(Object.assign(new Error("No such mailbox here"), { responseCode: 550 }))
        : done(),
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        taken.push({
          to: envelope.rcptTo.map(({ address }) => address),
          text: plain(Buffer.concat(parts).toString("latin1")),
        });
        done();
      });
    },
  });
  server.on("error", () => {});
  const listening = server.listen(0, "localhost");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  const at: MailServer = {
    host: "localhost",
    port,
    security: "starttls",
    user: "reeve",
    password,
    from: "mdm@acme.example",
    ca: pem.certificatePem,
  };
  return {
    server: at,
    taken,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The quoted-printable parts of a mail as text (RFC 2045 §6.7). */
function plain(mail: string): string {
  return mail
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function linkIn(mail: string): string {
  return /https:\/\/mdm\.test\/enroll\/[\w-]+/.exec(mail)?.[0] ?? "";
}
