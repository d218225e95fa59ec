import { expect, test } from "vitest";
import { androidHouse } from "../../android-house.ts";
import { bothStores } from "../../installation.ts";
import { organization, policy } from "../../manifests.ts";

const stores = await bothStores();

function camera(access: string): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: camera}
spec: {android: {cameraAccess: ${access}}}
`;
}

function androidApp(name: string, packageName: string): string {
  return `apiVersion: reeve/v1
kind: App
metadata: {name: ${name}}
spec: {android: {package: ${packageName}}}
`;
}

function revision(access: string, apps: readonly string[] = ["mail"]): Readonly<Record<string, string>> {
  const uses = apps.map((name) => `{name: ${name}}`).join(", ");
  return {
    "org.yaml": organization,
    "camera.yaml": camera(access),
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    "chat.yaml": androidApp("chat", "com.acme.chat"),
    "policy.yaml": policy(`profiles: [{name: camera}]\napps: [${uses}]`),
  };
}

test.each(stores)(
  "on $name devices come to be as declared, and a change is one call for all of them",
  async (store) => {
    await using house = await androidHouse({ stores: store, files: revision("CAMERA_ACCESS_DISABLED") });
    const devices = await house.arrive([{}, {}, {}]);
    await house.settle();

    for (const { ledger } of devices) {
      expect(ledger.of("policy-applied").at(-1)?.content).toMatchObject({
        cameraAccess: "CAMERA_ACCESS_DISABLED",
      });
    }
    await house.pass(5 * 60_000);
    for (const { serial } of devices)
      expect(await house.view(serial)).toMatchObject({ platform: "android", condition: { type: "Ready" } });

    house.amapi.requests.clear();
    house.commit(revision("CAMERA_ACCESS_ENFORCED"));
    await house.pass(5 * 60_000);
    expect(house.amapi.requests.count("enterprises.policies.patch")).toBe(1);
    expect(house.amapi.requests.count("enterprises.devices.patch")).toBe(0);
    for (const { ledger } of devices)
      expect(ledger.of("policy-applied").at(-1)?.content).toMatchObject({
        cameraAccess: "CAMERA_ACCESS_ENFORCED",
      });
    for (const { serial } of devices) expect((await house.view(serial)).condition.type).toBe("Ready");
  },
);
