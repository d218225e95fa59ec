import { expect, test } from "vitest";
import { listEvents } from "../store/events.ts";
import { scene } from "../store/test-scene.ts";
import { postgres } from "../store/test-stores.ts";
import { runReeve } from "./test-daemon.ts";

const server = await postgres();

test.each(server === undefined ? [] : [server])(
  "on $name the owner says how many acts that destroy one person approves in a row: one more stops all of them",
  async (stores) => {
    let ownerUrl = "";
    const fresh = async () => {
      const database = await stores.fresh();
      ownerUrl = database.url("owner");
      return database;
    };
    await using house = await scene({ ...stores, fresh }, 3);
    const gate = (...flags: string[]) =>
      runReeve(["db", "gate", ...flags], { env: { REEVE_STORE__OWNER_URL: ownerUrl } });
    const wipe = (n: number) => house.file(`Deprovision/wipe-${n}@1`, house.devices.slice(n, n + 1));

    expect((await gate()).out).toMatch(/^In a row +more than 5 acts that destroy/m);
    expect(await gate("--in-a-row", "-1")).toMatchObject({ code: 3, out: "" });
    const { code, out } = await gate("--in-a-row", "1");
    expect([code, out]).toEqual([0, expect.stringMatching(/^In a row +more than 1 act that destroy/m)]);
    const [said] = await listEvents(house.store, { types: ["gate.changed"], limit: 5 });
    expect(said).toMatchObject({ by: "owner", message: "approvals-in-a-row 1" });

    await house.by(await wipe(0), "boss");
    await house.by(await wipe(1), "deputy");
    expect(await house.breaker()).toBeUndefined();
    await house.by(await wipe(2), "boss");
    expect(await house.breaker()).toBe("boss approved 2 acts that destroy within 20 minutes");
  },
);
