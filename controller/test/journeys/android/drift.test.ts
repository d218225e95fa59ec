import { expect, test } from "vitest";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { files, policy } from "../../manifests.ts";
import { androidApp, fragment, off } from "./manifests.ts";

const [store] = (await storesOfSuite()).slice(-1);
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;
const modes = ["correct", "report", "ignore"] as const;

test("whatever drift says, Android holds a required app, and a policy that somebody else changed is put back", async () => {
  const uses = modes.map((drift) => `{name: ${drift}, drift: ${drift}}`).join(", ");
  await using house = await androidHouse({
    stores: store,
    files: files({
      "apps.yaml": modes.map((name) => androidApp(name, `com.acme.${name}`)).join("---\n"),
      "items.yaml": [
        fragment("camera", off),
        fragment("screen", "screenCaptureDisabled: true"),
        fragment("volume", "adjustVolumeDisabled: true"),
      ].join("---\n"),
      "policy.yaml": policy(
        `profiles: [{name: camera}, {name: screen, drift: report}, {name: volume, drift: ignore}]\napps: [${uses}]`,
      ),
    }),
  });
  const [device] = await house.arrive([{}]);
  await house.pass(5 * minute);
  const applied = () => device?.ledger.of("policy-applied").at(-1)?.content;
  const declared = {
    cameraAccess: "CAMERA_ACCESS_DISABLED",
    screenCaptureDisabled: true,
    adjustVolumeDisabled: true,
  };
  expect(applied()).toMatchObject(declared);
  expect(modes.map((mode) => device?.user.uninstalls(`com.acme.${mode}`))).toEqual([false, false, false]);

  const { data } = await house.am.enterprises.devices.get({ name: device?.name ?? "" });
  const name = data.policyName ?? "";
  const changed = { cameraAccess: "CAMERA_ACCESS_ENFORCED", screenCaptureDisabled: false };
  await house.am.enterprises.policies.patch({
    name,
    updateMask: "cameraAccess,screenCaptureDisabled,adjustVolumeDisabled",
    requestBody: { ...changed, adjustVolumeDisabled: false },
  });
  await house.pass(minute);
  await house.pass(30 * minute, 10 * minute);
  expect(applied()).toMatchObject(declared);
  expect((await house.view(device?.serial ?? "")).condition.type).toBe("Ready");
});
