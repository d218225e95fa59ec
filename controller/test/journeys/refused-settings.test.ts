import { expect, test } from "vitest";
import { listCommands } from "../../store/commands.ts";
import { install, storesOfSuite } from "../installation.ts";
import { device, type Files, operation, organization, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const secret = "hunter2-hunter2";
const files: Files = {
  "org.yaml": organization,
  "quiet.yaml": policy("inventory: []"),
  "one.yaml": device("one", "SIM-1", "ownership: company"),
  "s.yaml":
    "apiVersion: reeve/v1\nkind: Secret\nmetadata: {name: names}\nspec: {provider: env, keys: {phone: REEVE_SECRET_PHONE}, allow: [Operation/set]}\n",
  "set.yaml": operation("set", "devices: [one]", 'settings: {deviceName: "${secret:names/phone}"}'),
};

test.each(stores)(
  "on $name what a device says of a setting that it refused repeats no secret that it was given",
  async (stores) => {
    await using house = await install({
      stores,
      files,
      devices: [{ serial: "SIM-1", platform: "ios", name: "PHONE", supervised: true }],
      environment: { REEVE_SECRET_PHONE: secret },
    });
    const phone = house.device("PHONE");
    phone.faults.add({ kind: "refuse-setting", requestType: "Settings", text: `“${secret}” is no name` });
    await house.enroll();
    await house.settle();
    expect(house.controller.reconciler.sourceState().refused).toBeUndefined();
    const [command] = (await listCommands(house.store, { limit: 50 })).filter(
      (one) => one.requestType === "Settings",
    );
    expect(command).toMatchObject({ status: "failed" });
    expect(JSON.stringify(command?.errors)).toContain("is no name");
    expect(JSON.stringify(command)).not.toContain(secret);
    const [stored] = await house.store.query<{ all: string }>(
      "select (select json_agg(e) from reeve.event e)::text || (select json_agg(t) from reeve.act_target t)::text as all",
    );
    expect(stored?.all).not.toContain(secret);
  },
);
