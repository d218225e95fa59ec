import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { resetBreaker, resumeArmed } from "../../loop/breaker.ts";
import { approveHold, halt, type Person, resume, unhalt } from "../../loop/control.ts";
import { actDirectly } from "../../loop/direct-act.ts";
import { findHold, listHolds } from "../../store/approvals.ts";
import { engagedLatches } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { postgres } from "../../store/test-stores.ts";
import { type Installation, install } from "../installation.ts";
import { baseline, deprovision, device, policy, profile } from "../manifests.ts";

const server = await postgres();
const minute = 60_000;
const hour = 60 * minute;

const fleet = Array.from({ length: 6 }, (_, n) => `SIM-${n + 1}`);
const files = {
  ...baseline,
  "devices.yaml": fleet
    .map((serial, n) => device(`ipad-${n + 1}`, serial, "ownership: company"))
    .join("---\n"),
};

/** Everything that one administrator has: his commits, his token of an approver, and the daemon's password. */
const mallory: Person = {
  name: "mallory-laptop",
  person: "mallory",
  identities: ["mallory", "mallory@acme.example"],
};
const committed = { author: "mallory", persons: ["mallory", "mallory@acme.example"] };

test.runIf(server !== undefined)(
  "with every credential of one administrator one device is wiped, by break-glass, and the breaker is engaged at the end",
  async () => {
    if (server === undefined) return;
    const ways = new Map<string, string>();
    await using house = await install({
      stores: server,
      files,
      devices: fleet.map((serial) => ({
        serial,
        platform: "ipados" as const,
        name: serial,
        supervised: true,
      })),
      coolOffMs: 15 * minute,
      // As a company with several administrators is set up: the commits of an unknown author need two others.
      parts: { approvals: 2, onError: () => {} },
    });
    await house.enroll();
    await house.settle();
    expect(house.store.gate).toBe("enforced");
    const sql = (text: string, values: readonly unknown[] = []) =>
      house.store.query(text, [...values]).then(
        () => "done",
        (error: { code?: string }) => error.code ?? "refused",
      );
    const said = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error: unknown) => (error instanceof UserError ? error.code : String(error)),
      );
    const tryWay = async (name: string, work: () => Promise<string>, most = 0): Promise<void> => {
      ways.set(name, await work());
      await house.store.query("update reeve.channel set due_at = 0");
      await house.pass(20 * minute, 5 * minute);
      expect(destroyed(house), name).toHaveLength(most);
    };
    const holdOf = async (act: string) => (await listHolds(house.store)).find((one) => one.name === act);

    await tryWay("commits a wipe of everything and approves it with his own token", async () => {
      house.commit(
        {
          ...files,
          "gone.yaml": deprovision(
            "gone",
            `devices: [${fleet.map((_, n) => `ipad-${n + 1}`).join(", ")}]`,
            6,
          ),
        },
        committed,
      );
      await house.settle();
      return said(
        approveHold(house.looking, (await holdOf("Deprovision/gone@1"))?.digest ?? "", mallory, undefined),
      );
    });
    await tryWay(
      "says in a commit that somebody else made it, and approves that: one of two that are needed",
      async () => {
        house.commit(
          { ...files, "gone.yaml": deprovision("again", "devices: [ipad-1]") },
          { author: "boss", persons: ["boss", "boss@acme.example"] },
        );
        await house.settle();
        const hold = await holdOf("Deprovision/again@1");
        return (await approveHold(house.looking, hold?.digest ?? "", mallory, undefined)).status;
      },
    );
    await tryWay("approves the same with another name of his", async () => {
      const hold = await holdOf("Deprovision/again@1");
      const token = { ...mallory, name: "mallory-phone" };
      return (await approveHold(house.looking, hold?.digest ?? "", token, undefined)).status;
    });
    await tryWay("asks for it from the command line, and approves it himself", async () => {
      const wish = { act: { wipe: {} }, reason: "x", expiresInMs: 24 * hour, key: "k1" };
      const { digest } = await actDirectly(house.looking, "SIM-2", wish, mallory);
      return said(approveHold(house.looking, digest ?? "", mallory, undefined));
    });
    await tryWay("files more approvals and releases in the database", async () => {
      const hold = await holdOf("Deprovision/again@1");
      const first = await sql(
        `insert into reeve.approval (act, digest, by_person, at, expires_at) values ($1, $2, 'boss', 1, 2)`,
        [hold?.act, hold?.digest],
      );
      return `${first} ${await sql("update reeve.ceiling set devices = 1000")}`;
    });
    await tryWay("has the daemon's own release with a command of his", async () =>
      sql(
        "select reeve.release_act(t.act, c.id, t.device, t.epoch, $1, null) from reeve.act_target t join reeve.channel c on c.device = t.device",
        [JSON.stringify({ id: "evil", class: "once", attempt: 1, at: 0, requestType: "EraseDevice" })],
      ),
    );
    await tryWay(
      "breaks the glass for one device, which is what it is there for",
      async () => {
        const hold = await holdOf("Deprovision/again@1");
        return (await approveHold(house.looking, hold?.digest ?? "", mallory, "x", true)).status;
      },
      1,
    );
    await tryWay(
      "breaks it again for the next",
      async () => {
        const hold = (await listHolds(house.store)).find((one) => one.name.startsWith("Direct/"));
        return said(approveHold(house.looking, hold?.digest ?? "", mallory, "x", true));
      },
      1,
    );
    await tryWay(
      "halts and resumes everything that he may",
      async () => {
        await halt(house.looking, "x", mallory);
        await unhalt(house.looking, "x", mallory);
        return said(resume(house.looking, "restored", undefined, mallory));
      },
      1,
    );
    await tryWay(
      "calls his acts ready, and lifts their devices' suspension",
      async () => {
        const first = await sql("update reeve.act_target set status = 'ready'");
        return `${first} ${await sql("update reeve.device set suspended = null")}`;
      },
      1,
    );
    expect(await engagedLatches(house.store)).toMatchObject([{ name: "breaker" }]);
    await tryWay(
      "lifts the breaker with his token, and with the database",
      async () => {
        await said(resetBreaker(house.looking, "x", mallory));
        await said(resetBreaker(house.looking, "x", { ...mallory, name: "mallory-phone" }));
        return sql("update reeve.latch set engaged = false");
      },
      1,
    );
    await tryWay(
      "files an act by somebody else that needs one approval: his",
      async () => {
        await forge(house, "a-forged", "boss");
        return said(approveForged(house, "a-forged"));
      },
      1,
    );
    await tryWay(
      "gives it the mark of an act that reeve filed",
      async () => {
        await house.store.query(
          `insert into reeve.act (id, name, content, author, approvals, reason, expires_at, created_at, persons, mac)
         select 'a-copy', 'Deprovision/copy@1', content, 'boss', 1, reason, expires_at, created_at, '{boss}', mac
         from reeve.act where mac is not null limit 1`,
        );
        await target("a-copy", house);
        return said(approveForged(house, "a-copy"));
      },
      1,
    );
    await tryWay(
      "takes a withdrawn act up again",
      async () => {
        house.commit(files, committed);
        await house.settle();
        return sql("update reeve.act_target set status = 'ready' where status = 'cancelled'");
      },
      1,
    );

    await tryWay(
      "commits a passcode rule that erases after two mistakes, and resumes it with two tokens of his",
      async () => {
        const rule =
          "type: com.apple.mobiledevice.passwordpolicy, content: {forcePIN: true, maxFailedAttempts: 2}";
        const armed = {
          "armed.yaml": profile("armed", rule),
          "for.yaml": policy("profiles: [{name: armed}]", "armed"),
        };
        house.commit({ ...files, ...armed }, committed);
        await house.settle();
        const both = [mallory, { ...mallory, name: "mallory-phone" }].map((one) =>
          resumeArmed(house.looking, one),
        );
        return `${await Promise.all(both)}`;
      },
      1,
    );
    const rules = house.fleet.devices.map((one) => one.snapshot().profiles["reeve.profile.armed"]);
    expect(rules.filter((one) => one !== undefined)).toEqual([]);

    expect(Object.fromEntries(ways)).toEqual({
      "commits a wipe of everything and approves it with his own token": "approval-own-act",
      "says in a commit that somebody else made it, and approves that: one of two that are needed":
        "more-approvals-needed",
      "approves the same with another name of his": "more-approvals-needed",
      "asks for it from the command line, and approves it himself": "approval-own-act",
      "files more approvals and releases in the database": "42501 42501",
      "has the daemon's own release with a command of his": "done",
      "breaks the glass for one device, which is what it is there for": "ready",
      "breaks it again for the next": "approval-break-glass-used",
      "halts and resumes everything that he may": "not-stopped",
      "calls his acts ready, and lifts their devices' suspension": "done done",
      "lifts the breaker with his token, and with the database": "42501",
      "files an act by somebody else that needs one approval: his": "approval-unvouched",
      "gives it the mark of an act that reeve filed": "approval-unvouched",
      "takes a withdrawn act up again": "done",
      "commits a passcode rule that erases after two mistakes, and resumes it with two tokens of his":
        "false,false",
    });
    expect(await engagedLatches(house.store)).toMatchObject([
      { name: "armed" },
      { name: "breaker", by: "reeve" },
    ]);
    const told = await listEvents(house.store, { limit: 50, types: ["gate.b"] });
    expect(new Set(told.map((one) => one.type))).toEqual(new Set(["gate.breaker", "gate.break-glass"]));
  },
  60_000,
);

async function forge(house: Installation, id: string, author: string): Promise<void> {
  await house.store.query(
    `insert into reeve.act (id, name, content, author, approvals, reason, expires_at, created_at, persons)
     values ($1, 'Deprovision/forged@1', '{}', $2, 1, 'x', 9000000000000000, 1, array[$2])`,
    [id, author],
  );
  await target(id, house);
}

async function target(act: string, house: Installation): Promise<void> {
  await house.store.query(
    `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
     select $1, d.id, d.epoch, 'wipe', '{}', 'held', 1 from reeve.device d`,
    [act],
  );
}

async function approveForged(house: Installation, act: string): Promise<unknown> {
  const forged = (await listHolds(house.store)).find((one) => one.act === act);
  const hold = await findHold(house.store, forged?.digest ?? "");
  expect(hold?.vouched).toBe(false);
  return approveHold(house.looking, hold?.digest ?? "", mallory, undefined);
}

/** Devices that erased themselves or lost their management. */
function destroyed(house: Installation): string[] {
  return house.fleet.devices
    .filter((one) => one.ledger.of("erased").length + one.ledger.of("unenrolled").length > 0)
    .map((one) => one.serial);
}
