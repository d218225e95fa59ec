import { expect, test } from "vitest";
import { saysTheSame } from "./same-policy.ts";

test("what Google leaves out or writes in another way is the same; everything else is not", () => {
  const sent = {
    cameraDisabled: false,
    playStoreMode: "BLACKLIST",
    maximumTimeToLock: 30_000,
    cameraAccess: "CAMERA_ACCESS_UNSPECIFIED",
    accountTypesWithManagementDisabled: [],
    applications: [
      {
        packageName: "com.acme.mail",
        installType: "FORCE_INSTALLED",
        managedConfiguration: { debug: false, retries: 0 },
      },
    ],
    deviceConnectivityManagement: {},
  };
  const { cameraDisabled: _, cameraAccess: __, accountTypesWithManagementDisabled: ___, ...shown } = sent;
  const found = {
    ...shown,
    name: "enterprises/LC1/policies/a",
    version: "7",
    maximumTimeToLock: "30000",
  };
  expect(saysTheSame(found, sent)).toBe(true);
  const [app] = sent.applications;
  const others = [
    { ...found, cameraDisabled: true },
    { ...found, maximumTimeToLock: "30001" },
    { ...found, playStoreMode: "WHITELIST" },
    { ...found, applications: [] },
    { ...found, applications: [app, app] },
    // What an app is given is its own matter: there no value stands for none.
    { ...found, applications: [{ ...app, managedConfiguration: { retries: 0 } }] },
    { ...found, deviceConnectivityManagement: undefined },
    { ...found, unheardOf: 1 },
  ];
  for (const other of others) expect(saysTheSame(other, sent), JSON.stringify(other)).toBe(false);
});
