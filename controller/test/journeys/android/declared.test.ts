import { expect, test } from "vitest";
import { androidHouse, workProfile } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { organization, policy } from "../../manifests.ts";

const stores = await storesOfSuite();
const [embedded] = stores as [(typeof stores)[number]];

const device = `apiVersion: reeve/v1
kind: Device
metadata: {name: adas-own}
spec: {match: {enterpriseSpecificId: ESIDOWN-1}, alias: ADA-1, owner: ada@acme.example, ownership: personal}
`;

const camera = `apiVersion: reeve/v1
kind: Profile
metadata: {name: camera}
spec: {android: {cameraAccess: CAMERA_ACCESS_DISABLED}}
`;

test("a personal device, which tells no serial number, is known by its enterprise-specific id", async () => {
  const files = {
    "org.yaml": organization,
    "ada.yaml": device,
    "camera.yaml": camera,
    "policy.yaml": policy("profiles: [{name: camera}]"),
  };
  await using house = await androidHouse({ stores: embedded, files });
  await house.arrive([{ serial: "OWN-1" }], workProfile);
  const view = await house.view("ESIDOWN-1");
  expect(view).toMatchObject({ name: "ADA-1", owner: "ada@acme.example", ownership: "personal" });
});
