import { expect, test } from "vitest";
import { digestOf } from "../core/canonical.ts";
import type { Content } from "../core/granted.ts";
import { putContents } from "../store/content.ts";
import { listEvents } from "../store/events.ts";
import { start } from "../store/test-fleet.ts";
import { pglite } from "../store/test-stores.ts";
import { noteArmedContents } from "./armed-contents.ts";
import { rememberContents } from "./contents-at-hand.ts";

const passcode = (attempts: number) => ({
  type: "com.apple.mobiledevice.passwordpolicy",
  content: { maxFailedAttempts: attempts },
});
const profile = (attempts: number) =>
  ({ kind: "Profile", body: { type: "payloads", payloads: [passcode(attempts)] } }) as unknown as Content;
const file = (dict: string) => {
  const text = `<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadUUID</key><string>U</string><key>PayloadIdentifier</key><string>a</string>${dict}</dict></plist>`;
  return {
    kind: "Profile",
    body: { type: "file", bytes: Buffer.from(text).toString("base64") },
  } as unknown as Content;
};
const fileOf = (attempts: number) =>
  file(`<key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.mobiledevice.passwordpolicy</string>
    <key>maxFailedAttempts</key><integer>${attempts}</integer></dict></array>`);
const fragment = (policy: object) => ({ kind: "AndroidFragment", policy }) as unknown as Content;
const rule = fragment({
  policyEnforcementRules: [{ settingName: "cameraAccess", wipeAction: { wipeAfterDays: 3 } }],
});
const camera = fragment({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
const compiled = (...contents: Content[]) => ({
  contents: new Map(contents.map((content) => [digestOf(content), content])),
});

/** A store with these contents, and what a revision in force has. */
async function house(written: readonly Content[], inForce?: ReadonlyMap<string, Content>) {
  const database = await pglite.fresh();
  const store = await database.open({ now: () => start });
  await putContents(
    store,
    written.map((body) => ({ digest: digestOf(body), body })),
    start,
  );
  /** Of a process that has just begun: it remembers nothing. */
  const given = (content: Content) =>
    rememberContents(
      store,
      () => start,
      () => inForce,
    )(digestOf(content)).then((found) => found !== undefined);
  return {
    store,
    given,
    told: async () =>
      (await listEvents(store, { limit: 9, types: ["gate.content"] })).map(({ subject, at }) => [
        subject,
        at,
      ]),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("what devices would erase themselves by, and came with no revision, is given to nobody, and told once", async () => {
  const [sooner, later] = [profile(4), profile(11)];
  const [fileSooner, fileLater] = [fileOf(4), fileOf(11)];
  const sealed = file("<key>IsEncrypted</key><true/><key>EncryptedPayloadContent</key><data>AA==</data>");
  const broken = file("");
  const armed = [sooner, fileSooner, sealed, broken];
  await using scene = await house([...armed, later, fileLater]);
  for (const content of [...armed, ...armed]) expect(await scene.given(content)).toBe(false);
  for (const content of [later, fileLater]) expect(await scene.given(content)).toBe(true);
  const prefix = (content: Content) => [digestOf(content).slice(0, 12), start];
  expect((await scene.told()).sort()).toEqual(armed.map(prefix).sort());

  // It came with a revision: it may go, also after the next one.
  await noteArmedContents(scene.store, compiled(later), start);
  expect(await scene.given(sooner)).toBe(false);
  await noteArmedContents(scene.store, compiled(sooner, later), start);
  await noteArmedContents(scene.store, compiled(sooner), start);
  await noteArmedContents(scene.store, compiled(later, fileSooner), start);
  await noteArmedContents(scene.store, compiled(), start);
  expect([await scene.given(sooner), await scene.given(fileSooner)]).toEqual([true, true]);
  expect(await scene.given(sealed)).toBe(false);
});

test("what a rule that is in force erases devices over lets them erase themselves", async () => {
  const named = compiled(rule);
  await using ruled = await house([camera], named.contents);
  expect(await ruled.given(camera)).toBe(false);
  await noteArmedContents(ruled.store, compiled(camera), start);
  expect(await ruled.given(camera)).toBe(false);
  await noteArmedContents(ruled.store, compiled(rule, camera), start);
  expect(await ruled.given(camera)).toBe(true);
  await using free = await house([camera]);
  expect(await free.given(camera)).toBe(true);
});

test("what is remembered of revisions has an end, and what is in force is always a part of it", async () => {
  await using scene = await house([profile(1), profile(2)]);
  const many = (from: number, count: number) =>
    compiled(
      ...Array.from({ length: count }, (_, n) => ({ ...profile(1), n: from + n }) as unknown as Content),
    );
  await noteArmedContents(scene.store, compiled(profile(1)), start);
  await noteArmedContents(scene.store, many(0, 1_999), start);
  expect(await scene.given(profile(1))).toBe(true);
  await noteArmedContents(scene.store, many(5_000, 1), start);
  expect(await scene.given(profile(1))).toBe(false);
  await noteArmedContents(
    scene.store,
    { contents: new Map([...many(0, 2_100).contents, ...compiled(profile(2)).contents]) },
    start,
  );
  expect(await scene.given(profile(2))).toBe(true);
});

test("a content is what its digest says, is read once, and is at hand while it is in force", async () => {
  const content = profile(11);
  await using scene = await house([]);
  await putContents(scene.store, [{ digest: digestOf(content), body: profile(4) }], start);
  expect(await scene.given(content)).toBe(false);
  expect(await scene.given(profile(12))).toBe(false);
  expect(await scene.told()).toEqual([]);

  let asked = 0;
  const counted = { ...scene.store, query: () => Promise.reject(new Error(`asked ${++asked}`)) } as never;
  const atHand = rememberContents(
    counted,
    () => start,
    () => compiled(content).contents,
  );
  expect(await atHand(digestOf(content))).toBe(content);
  await putContents(scene.store, [{ digest: digestOf(profile(13)), body: profile(13) }], start);
  const once = rememberContents(
    scene.store,
    () => start,
    () => undefined,
  );
  expect(await once(digestOf(profile(13)))).toBe(await once(digestOf(profile(13))));
});
