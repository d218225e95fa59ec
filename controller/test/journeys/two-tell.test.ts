import { expect, test } from "vitest";
import { halt, unhalt } from "../../loop/control.ts";
import { createNotifier } from "../../loop/notifier.ts";
import type { Store } from "../../store/open.ts";
import { openReceivers } from "../../store/receivers.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";
import { roundsOf, to } from "../telling.ts";

const stores = await storesOfSuite();
const duty = { name: "duty" };

test.each(stores)(
  "on $name a receiver is told whatever comes later, also when two leaders told it at once",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const receivers = [to("oncall", { kind: "webhook", url: "https://oncall.example" })];
    const row = async () => (await openReceivers(house.store, receivers))[0];
    const told: string[] = [];
    const [begun, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const round = roundsOf(
      house,
      async (_address, { notices }) => {
        told.push(notices.map((one) => one.message).join());
        begun.resolve();
        await answer.promise;
        return { ok: true };
      },
      receivers,
    );
    await round();
    await halt(house.looking, "a drill", duty);
    await round.look();
    await begun.promise;

    // The next leader has read what is to be told when the answer for the one before it comes.
    const between: Store["query"] = async (sql, values) => {
      const rows = await house.store.query(sql, values);
      if (typeof sql === "string" && sql.includes("from reeve.told")) {
        answer.resolve();
        await round.settled();
      }
      return rows as never;
    };
    const next = createNotifier({
      ...round.ports,
      store: { ...house.store, query: between },
      deliver: async () => ({ ok: false, reason: "does not answer within 10 s" }),
    });
    await next.look();
    await next.settled();
    expect(await row()).toMatchObject({ messageUntil: undefined, tries: 0, failure: undefined });
    await unhalt(house.looking, "the drill is over", duty);
    await round();
    expect(told).toEqual(["a drill", expect.stringContaining("the drill is over")]);

    // Whoever left such a message behind keeps nobody from the next one.
    await house.store.query("update reeve.receiver set message_until = told_until, failure = 'x', tries = 3");
    await round();
    expect(await row()).toMatchObject({ messageUntil: undefined, tries: 0, failure: undefined });
    await halt(house.looking, "the fleet burns", duty);
    await round();
    expect(told.at(-1)).toContain("the fleet burns");
  },
);
