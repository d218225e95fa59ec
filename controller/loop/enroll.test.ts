import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { organization, policy } from "../test/manifests.ts";
import { enrollmentProfile } from "./enroll.ts";
import { enrollmentLink } from "./links.ts";

test("nobody is invited to an address that devices refuse, or without a push certificate", async () => {
  await using house = await install({
    stores: pglite,
    devices: [],
    files: { "organization.yaml": organization, "baseline.yaml": policy("profiles: []") },
  });
  const { enroll } = house.controller;
  const invitation = { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test" };
  const plain = { ...enroll, publicUrl: () => "http://127.0.0.1:8443" };
  await expect(enrollmentLink(plain, invitation)).rejects.toMatchObject({ code: "no-https" });
  await expect(enrollmentProfile(plain, invitation, true)).rejects.toMatchObject({ code: "no-https" });
  const mute = { ...enroll, topic: undefined };
  await expect(enrollmentLink(mute, invitation)).rejects.toMatchObject({ code: "no-push-certificate" });
  expect(await enrollmentLink(enroll, invitation)).toMatch(/^https:\/\/mdm\.test\/enroll\/[\w-]{20,}$/);
});

test("the profile for a person's own device gives no right to erase it", async () => {
  await using house = await install({
    stores: pglite,
    devices: [],
    files: { "organization.yaml": organization, "baseline.yaml": policy("profiles: []") },
  });
  const invitation = { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test" };
  const rights = async (more: { readonly ownership?: "personal" | "company" }) => {
    const profile = await enrollmentProfile(house.controller.enroll, { ...invitation, ...more }, false);
    return /<key>AccessRights<\/key>\s*<integer>(\d+)/.exec(String(profile))?.[1];
  };
  expect(await rights({ ownership: "personal" })).toBe("8183");
  expect(await rights({ ownership: "company" })).toBe("8191");
  expect(await rights({})).toBe("8191");
});
