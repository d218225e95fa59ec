import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { actRefusal } from "../apple/command-gates.ts";
import { isSupported, renderCommand } from "../apple/commands.ts";
import { manifestValue } from "../apple/manifest-value.ts";
import { isDict } from "../apple/wire/plist.ts";
import { readPlist } from "../apple/wire/read-plist.ts";
import type { DeviceTraits } from "../core/apple-schema/requirement.ts";
import { compileActs } from "../core/compile-acts.ts";
import { sections } from "../core/granted.ts";
import type { Intent, Verb } from "../core/intent.ts";
import { Stalled } from "../errors.ts";
import { readDirectoryTree } from "../git/directory-tree.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { commandFaults } from "./wire-schema.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const versions = {
  ios: "18.1",
  ipados: "18.1",
  macos: "15.1",
  tvos: "18.1",
  watchos: "11.1",
  visionos: "2.1",
};

/** Devices of every platform, supervised and not, by Automated Device Enrollment and by hand. */
const devices = Object.entries(versions).flatMap(([platform, osVersion]): DeviceTraits[] => [
  {
    platform: platform as DeviceTraits["platform"],
    osVersion,
    supervised: true,
    enrollment: "automated",
    channel: "device",
  },
  {
    platform: platform as DeviceTraits["platform"],
    osVersion,
    supervised: false,
    enrollment: "device",
    channel: "device",
  },
]);

/** Beside the others for acts: queries are not scheduled for what it has not. */
const sharedIpad: DeviceTraits = {
  platform: "ipados",
  osVersion: "18.1",
  supervised: true,
  enrollment: "automated",
  channel: "device",
  sharedIpad: true,
};

interface Sent {
  readonly intent: Intent;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** What Apple's schema says against a command that reeve would send; nothing when reeve refuses to. */
async function faultsOf({ intent, parameters }: Sent, traits: DeviceTraits): Promise<readonly string[]> {
  if (intent.type === "act" && actRefusal(intent.verb, parameters ?? {}, traits) !== undefined) return [];
  const options = { now, substitute: () => "123456", platform: traits.platform, traits };
  const given = parameters === undefined ? {} : { parameters: withPicture(parameters) };
  const bytes = await renderCommand("c-1", intent, { ...options, ...given }).catch((error: unknown) => {
    if (error instanceof Stalled) return undefined;
    throw error;
  });
  const message = bytes === undefined ? undefined : readPlist(bytes);
  if (message === undefined || !isDict(message) || !isDict(message.Command)) return [];
  return commandFaults(manifestValue(message.Command) as Readonly<Record<string, unknown>>, traits);
}

/** As what the store has under the digest is put in before the command is rendered. */
function withPicture(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { wallpaper } = parameters as { readonly wallpaper?: object };
  return wallpaper === undefined
    ? parameters
    : { ...parameters, wallpaper: { ...wallpaper, image: { $data: "iVBORw0KGgo=" } } };
}

describe("Apple's schema has nothing against", () => {
  const queries = sections.map((section): Intent => ({ type: "query", section })).filter(isSupported);
  test.each(queries)("$type $section", async (intent) => {
    for (const traits of devices) {
      // Queries that a device does not have at all are never scheduled for it.
      const faults = await faultsOf({ intent }, traits);
      expect(
        faults.filter(
          (one) =>
            !/: (does not exist on|exists for users and not for devices$|needs a (supervised device|Shared iPad))/.test(
              one,
            ),
        ),
      ).toEqual([]);
    }
  });

  test("any act of the example that has them all, on any device that it is not refused for", async () => {
    const tree = await readDirectoryTree(join(import.meta.dirname, "..", "..", "examples", "everything"));
    const acts = compileActs(loadPolicySet(tree, { now }).set, () => "digest");
    const verbs = acts.flatMap(({ verb, parameters }) =>
      (typeof verb === "string" ? [verb] : [verb.company, verb.personal]).map((one) => ({
        verb: one,
        parameters,
      })),
    );
    let sent = 0;
    for (const { verb, parameters } of verbs) {
      const intent: Intent = { type: "act", act: "a", verb: verb as Verb };
      if (verb === undefined || !isSupported(intent)) continue;
      for (const traits of [...devices, sharedIpad]) {
        expect(await faultsOf({ intent, parameters }, traits), `${verb} on ${traits.platform}`).toEqual([]);
        if (actRefusal(verb, parameters, traits) === undefined) sent++;
      }
    }
    expect(sent).toBeGreaterThan(100);
  });

  test.each([
    { type: "remove", item: "Profile/a", kind: "Profile", id: "a.b" },
    { type: "remove", item: "App/a", kind: "App", id: "a.b" },
    { type: "declare", token: "t" },
  ] as const)("$type of $kind", async (intent) => {
    for (const traits of devices) expect(await faultsOf({ intent: intent as Intent }, traits)).toEqual([]);
  });
});
