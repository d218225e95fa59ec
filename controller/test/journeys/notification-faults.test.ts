import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";
import { createPost, type MailServer } from "../../invitation/post.ts";
import { halt, unhalt } from "../../loop/control.ts";
import { createNotifier } from "../../loop/notifier.ts";
import { mailReceivers } from "../../loop/receivers.ts";
import { testReceivers, viewReceivers } from "../../loop/view-receivers.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { createDeliver } from "../../notify/deliver.ts";
import { sealEvents, sealHead } from "../../store/event-seals.ts";
import { openReceivers } from "../../store/receivers.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { receiving } from "../receiving.ts";
import { roundsOf, to } from "../telling.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const duty = { name: "duty" };

test.each(stores)(
  "on $name a receiver that never answers delays nobody, is asked once at a time, and is told after a restart",
  async (store) => {
    await using inbox = await receiving();
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const receivers = [
      to("hung", { kind: "webhook", url: inbox.url("/hung") }),
      to("up", { kind: "webhook", url: inbox.url("/up") }),
    ];
    const paths = () => inbox.taken.map((one) => one.path);
    const round = roundsOf(house, createDeliver(undefined), receivers);
    await round();
    inbox.how.answer = ({ path }, response) => path === "/up" && response.writeHead(204).end();
    await halt(house.looking, "a drill", duty);
    /** Looks as the leader does, again and again, until the one that answers knows everything. */
    const untilUpIsTold = async (): Promise<void> => {
      const head = async () => (await sealHead(house.store))?.n;
      // The embedded database answers without giving the sockets a turn.
      do await Promise.all([round.look(), turn()]);
      while ((await openReceivers(house.store, receivers.slice(1)))[0]?.toldUntil !== (await head()));
    };
    await untilUpIsTold();
    await unhalt(house.looking, "the drill is over", duty);
    await untilUpIsTold();
    expect(paths().toSorted()).toEqual(["/hung", "/up", "/up"]);
    expect(inbox.taken.findLast((one) => one.path === "/up")?.body).toContain("the drill is over");

    // A daemon that stops waits for nobody, and knows of no failure; the next one sends the same.
    await round.stop();
    await round.look();
    expect(await viewReceivers(round.ports)).toMatchObject([{ name: "hung" }, { name: "up" }]);
    expect((await viewReceivers(round.ports)).flatMap((one) => one.failure ?? [])).toEqual([]);
    inbox.how.answer = (_taken, response) => void response.writeHead(204).end();
    const restarted = roundsOf(house, createDeliver(undefined), receivers);
    await restarted();
    await restarted();
    const hung = inbox.taken.filter((one) => one.path === "/hung");
    const [first, again, other] = hung.map((one) => String(one.headers["webhook-id"]));
    expect([hung.length, again === first, other === first]).toEqual([3, true, false]);
    expect(hung[1]?.body).toBe(hung[0]?.body);
    expect(hung[2]?.body).toContain("the drill is over");
    expect(paths()).toHaveLength(5);

    // What goes wrong with several of them is told of each.
    let faults = 0;
    const broken = createNotifier({
      ...restarted.ports,
      organization: () => {
        throw new Error(`fault ${++faults}`);
      },
    });
    await halt(house.looking, "another drill", duty);
    await sealEvents(house.store, 100);
    await broken.look();
    await broken.settled();
    await expect(broken.look()).rejects.toThrow("2 receivers could not be told: fault 1; fault 2");
    await broken.stop();
  },
);

test.each(stores)(
  "on $name a mail to several addresses reaches each once, whatever the mail server does in between",
  async (store) => {
    await using mailbox = await listen();
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const on = to("", { kind: "email", to: "" }).on;
    const people = ["ada@acme.example", "lea@acme.example", "max@acme.example"];
    const receivers = mailReceivers("configuration/oncall", "oncall", people, on);
    const round = roundsOf(house, createDeliver(createPost(mailbox.server)), receivers);
    await round();
    // One is taken, one is lost on the way after all of it was sent, and one is put off.
    mailbox.how.fate = (who) => (who.startsWith("lea") ? "dies" : who.startsWith("max") ? "later" : "taken");
    await halt(house.looking, "a drill", duty);
    await round();
    await round();
    expect(mailbox.ids("taken")).toEqual([["ada@acme.example", expect.stringMatching(/@acme\.example>$/)]]);
    expect((await viewReceivers(round.ports)).map((one) => [one.name, one.failure])).toEqual([
      ["oncall (1 of 3)", undefined],
      ["oncall (2 of 3)", expect.stringContaining("the mail server")],
      ["oncall (3 of 3)", "the mail server said: 451 Try again later"],
    ]);
    const { warnings } = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(warnings.map((one) => one.message).toSorted()).toEqual([
      expect.stringMatching(/^notifications to oncall \(2 of 3\) do not arrive: the mail server/),
      "notifications to oncall (3 of 3) do not arrive: the mail server said: 451 Try again later",
    ]);
    expect(JSON.stringify(warnings)).not.toContain("@");

    // Another process takes over, and everything is well again.
    mailbox.how.fate = () => "taken";
    await house.pass(minute, minute);
    const next = roundsOf(house, createDeliver(createPost(mailbox.server)), receivers);
    await next();
    expect(
      mailbox
        .ids("taken")
        .map(([who]) => who)
        .toSorted(),
    ).toEqual(people);
    // Who may have it already sees by its Message-ID that it is the same.
    const [lost = []] = mailbox.ids("dies");
    expect(mailbox.ids("taken")).toContainEqual(lost);
    expect(new Set(mailbox.ids("taken").map(([, id]) => id)).size).toBe(3);
    await next();
    expect(mailbox.ids("taken")).toHaveLength(3);
    const tested = await testReceivers(next.ports, "oncall", "duty");
    expect(tested.map((one) => [one.name, one.ok])).toEqual([
      ["oncall (1 of 3)", true],
      ["oncall (2 of 3)", true],
      ["oncall (3 of 3)", true],
    ]);
  },
);

test("each delivery has an end: a mail server that greets for ever, and a host that never answers", async () => {
  await using inbox = await receiving();
  inbox.how.answer = () => {};
  const greeting = createServer((socket) => {
    const talk = setInterval(() => socket.write("220-one moment\r\n"), 5);
    socket.on("error", () => {}).on("close", () => clearInterval(talk));
  });
  greeting.listen(0, "127.0.0.1");
  await once(greeting, "listening");
  const { port } = greeting.address() as AddressInfo;
  const mail: MailServer = { host: "127.0.0.1", port, security: "none", from: "mdm@acme.example" };
  const deliver = createDeliver(createPost(mail, 60), 60);
  const message = { id: "m", organization: "acme", notices: [] };
  const both = await Promise.all([
    deliver({ kind: "email", to: "ada@acme.example" }, message, 0),
    deliver({ kind: "webhook", url: inbox.url("/hung") }, message, 0),
  ]);
  expect(both).toEqual([
    { ok: false, reason: "the mail server takes too long", blame: "server" },
    { ok: false, reason: "does not answer within 0.06 s" },
  ]);
  // Whoever asks for a test hears of those that have answered, whoever stands before them in the queue.
  const three = ["ada@acme.example", "lea@acme.example", "max@acme.example"];
  const known = mailReceivers("configuration/oncall", "oncall", three, ["held"]);
  const hung = createDeliver(createPost(mail));
  const ports = { receivers: () => ({ known, areAll: true }), clock: () => 0, organization: () => "acme" };
  const tested = await testReceivers({ ...ports, deliver: hung }, undefined, "duty", 60);
  const reason = "no answer within 0.06 s: it takes too long, or the mails before it do";
  expect(tested).toEqual([1, 2, 3].map((n) => ({ name: `oncall (${n} of 3)`, ok: false, reason })));
  greeting.close();
  await once(greeting, "close");
});

type Fate = "taken" | "later" | "dies";

/** A mail server that nobody here wrote; `fate` says what becomes of a mail to somebody. */
async function listen() {
  const seen: { readonly to: string; readonly id: string; readonly fate: Fate }[] = [];
  const how = { fate: (_who: string): Fate => "taken" };
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo: ({ address }, _session, done) =>
      how.fate(address) === "later"
        ? done(Object.assign(new Error("Try again later"), { responseCode: 451 }))
        : done(),
    onData(stream, { envelope, id: session }, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const who = envelope.rcptTo[0]?.address ?? "";
        const id = /^Message-ID: (.*)$/im.exec(Buffer.concat(parts).toString())?.[1]?.trim() ?? "";
        seen.push({ to: who, id, fate: how.fate(who) });
        if (how.fate(who) !== "dies") return done();
        const hers = [...server.connections].find((one) => one.id === session);
        hers?.close();
      });
    },
  });
  server.on("error", () => {});
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  const at: MailServer = { host: "127.0.0.1", port, security: "none", from: "mdm@acme.example" };
  return {
    server: at,
    how,
    ids: (fate: Fate) => seen.filter((one) => one.fate === fate).map((one) => [one.to, one.id] as const),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
