import fc from "fast-check";
import { expect, test } from "vitest";
import type { Notice } from "../core/gather-notices.ts";
import { topics } from "../core/notice.ts";
import { cloudEvents } from "./cloud-events.ts";
import { signature } from "./deliver.ts";
import { mailForm } from "./mail-form.ts";
import { linesOf, type Message, mostLines, plain, titleOf } from "./message.ts";
import { slackBody } from "./slack-form.ts";
import { teamsBody } from "./teams-form.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 2_000 }),
  fc.constantFrom(
    "<!channel> <@U1> <http://x|approve>",
    "[approve](https://x)",
    "a\r\nBcc: x@y.example",
    "\u202egnp.exe",
  ),
);
const notice: fc.Arbitrary<Notice> = fc.record({
  topic: fc.constantFrom(...topics),
  key: fc.stringMatching(/^[0-9a-f]{32}$/),
  type: fc.constantFrom("act.held", "concern.began", "device.left"),
  subject: hostile,
  message: hostile,
  by: hostile,
  revision: hostile,
  devices: fc.nat(100_000),
  examples: fc.array(hostile, { maxLength: 3 }),
  at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
const message: fc.Arbitrary<Message> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{20}$/),
  organization: hostile,
  notices: fc.array(notice, { minLength: 1, maxLength: 60 }),
});

test("whatever devices and commits write: each form stays within its limits, and mentions, links and moves nothing", () => {
  fc.assert(
    fc.property(message, (one) => {
      const slack = JSON.parse(slackBody(one)) as { blocks: { text: { text: string } }[]; text: string };
      expect(slack.blocks.length).toBeLessThanOrEqual(50);
      for (const { text } of slack.blocks) expect(text.text.length).toBeLessThanOrEqual(3_000);
      expect(
        slack.blocks
          .slice(1)
          .map(({ text }) => text.text)
          .join(""),
      ).not.toMatch(/[<>]/);
      expect(slack.text).not.toMatch(/[<>]/);

      const teams = teamsBody(one);
      expect(Buffer.byteLength(teams)).toBeLessThan(28 * 1_024);
      const { attachments } = JSON.parse(teams) as {
        attachments: { content: { body: { text: string }[] } }[];
      };
      const texts = attachments[0]?.content.body.map(({ text }) => text) ?? [];
      for (const text of texts) expect(text.replaceAll(/\\./g, "")).not.toMatch(/[[\]()*_`<>]/);

      const mail = mailForm(one);
      expect(mail.subject).not.toMatch(/[\r\n\p{Cc}]/u);
      expect(mail.subject.length).toBeLessThanOrEqual(160);
      for (const line of [titleOf(one), ...linesOf(one)])
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(linesOf(one).length).toBeLessThanOrEqual(mostLines + 1);

      const events = JSON.parse(cloudEvents(one)) as { id: string }[];
      expect(events).toHaveLength(one.notices.length);
    }),
    { numRuns: 60, seed: 20_261_126 },
  );
});

test("people read what happened, where, by whom, and what to do", () => {
  const base = { key: "k", at: 0, devices: 0, examples: [] } as const;
  const one: Message = {
    id: "m",
    organization: "acme",
    notices: [
      {
        ...base,
        topic: "held",
        type: "act.held",
        subject: "Deprovision/x@1",
        message: "1 device, digest 7be2-91c4-e0aa",
        by: "lea",
      },
      { ...base, topic: "stopped", type: "halted", message: "a drill", by: "duty" },
      {
        ...base,
        topic: "left",
        type: "device.left",
        message: "the user removed it",
        devices: 5,
        examples: ["A", "B", "C"],
      },
    ],
  };
  expect(titleOf(one)).toBe("acme: 1 act waits for approval, 1 stop or resumption, 1 device left");
  expect(linesOf(one)).toEqual([
    "Deprovision/x@1: 1 device, digest 7be2-91c4-e0aa (lea) – see reeve holds",
    "halted: a drill (duty)",
    "the user removed it – 5 devices: A, B, C …",
  ]);
  expect(plain("a\u0000b\u202ec\n d")).toBe("a b c d");
});

test("a webhook is signed as Standard Webhooks says", () => {
  // The example of the specification's libraries: id, timestamp and body joined by full stops.
  expect(
    signature(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "1614265330",
      '{"test": 2432232314}',
    ),
  ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});
