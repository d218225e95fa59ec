import { expect, test } from "vitest";
import { pglite, postgres } from "../store/test-stores.ts";
import { install } from "./installation.ts";
import { baseline, slackId } from "./manifests.ts";

const server = await postgres();
const stores = server === undefined ? [pglite] : [pglite, server];

test.each(stores)(
  "on $name a device enrolls and comes to be as declared, by its own ledger",
  async (store) => {
    await using house = await install({
      stores: store,
      files: baseline,
      devices: [{ serial: "SIM-1", platform: "ipados", name: "IPAD-1", supervised: true }],
    });

    await house.enroll();
    await house.settle();

    const snapshot = house.device("SIM-1").snapshot();
    expect(snapshot.profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({
      minLength: 6,
      forcePIN: true,
    });
    expect(snapshot.apps[slackId]?.managed).toBe(true);
    expect(house.fleet.violations()).toEqual([]);
  },
);
