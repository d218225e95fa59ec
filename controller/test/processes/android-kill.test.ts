import { expect, test } from "vitest";
import { createClient } from "../../cli/client.ts";
import { enrollmentPolicy } from "../../loop/android/sync-policies.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import { pglite } from "../../store/test-stores.ts";
import { fragment } from "../journeys/android/manifests.ts";
import { type Files, operation, organization, policy } from "../manifests.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { openPhones, type Phones } from "./phones.ts";

const patch = "enterprises.policies.patch";
const move = "enterprises.devices.patch";
const issue = "enterprises.devices.issueCommand";

/** How many sites there are, how many devices each has, and how many of those go to and fro. */
interface Size {
  readonly sites: number;
  readonly staying: number;
  readonly moving: number;
}

/**
 * What run `run` declares: each site its policy, the text of the last one's is new; in every other run some devices of
 * each site get something more, and go back in the next. From its run on, each device that is to be wiped is named.
 */
function declared({ sites }: Size, run: number): Files {
  const files: Record<string, string> = { "org.yaml": organization };
  const add = (name: string, fact: string, text: string): void => {
    files[`${name}.yaml`] = fragment(name, `shortSupportMessage: {defaultMessage: "${text}"}`);
    files[`${name}-policy.yaml`] = policy(`profiles: [{name: ${name}}]`, name, `groups: [${name}]`);
    files[`${name}-group.yaml`] = group(name, fact);
  };
  for (let site = 0; site < sites; site++)
    add(`site-${site}`, `tag.site: s${site}`, site === sites - 1 ? `run ${run}` : "as ever");
  files["more.yaml"] = fragment("more", `longSupportMessage: {defaultMessage: "run ${run}"}`);
  files["more-group.yaml"] = group("more", run % 2 === 1 ? "tag.part: moving" : "tag.part: nobody");
  files["more-policy.yaml"] = policy("profiles: [{name: more}]", "more", "groups: [more]");
  for (let one = 1; one <= run; one++) {
    files[`gone-${one}.yaml`] = group(`gone-${one}`, `tag.gone: r${one}`);
    files[`wipe-${one}.yaml`] = operation(
      `wipe-${one}`,
      `groups: [gone-${one}]`,
      "wipe: {}",
      "  expectedDevices: 1",
    );
  }
  return files;
}

function group(name: string, fact: string): string {
  return `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${name}}\nspec: {selector: {match: {${fact}}}}\n`;
}

/** What the last policy that each device applied says, by serial. */
function said(phones: Phones): ReadonlyMap<string, string> {
  return new Map(
    phones.devices().map(({ serial, ledger }) => {
      const content = ledger.of("policy-applied").at(-1)?.content ?? {};
      return [serial, JSON.stringify([content.shortSupportMessage, content.longSupportMessage])];
    }),
  );
}

/** A fleet at rest, with what each run expects of it. */
async function fleetOf(phones: Phones, size: Size) {
  const expected = new Map<string, { readonly site: number; readonly moving: boolean }>();
  for (let site = 0; site < size.sites; site++)
    for (const moving of [false, true]) {
      const tags = { site: `s${site}`, ...(moving ? { part: "moving" } : {}) };
      const count = moving ? size.moving : size.staying;
      for (const serial of await phones.arrive(count, tags)) expected.set(serial, { site, moving });
    }
  const isAsDeclared = (run: number): boolean => {
    const all = said(phones);
    return [...expected].every(([serial, { site, moving }]) => {
      const short = { defaultMessage: site === size.sites - 1 ? `run ${run}` : "as ever" };
      const more = moving && run % 2 === 1 ? { defaultMessage: `run ${run}` } : undefined;
      return all.get(serial) === JSON.stringify([short, more]);
    });
  };
  const settled = (run: number): Promise<unknown> =>
    eventually(
      `all devices are as run ${run} declares`,
      async () => {
        const { total } = await phones.house.status();
        return total.ready >= expected.size && isAsDeclared(run);
      },
      {
        limitMs: 120_000,
        state: async () => [await phones.house.status().catch(String), [...said(phones)].slice(0, 9)],
      },
    );
  return { settled, count: expected.size };
}

/** A device that a run wipes once its act is approved; gives what approves it. */
async function condemned(phones: Phones, run: number) {
  const [serial = ""] = await phones.arrive(1, { gone: `r${run}` });
  const { house } = phones;
  const its = () => phones.devices().find((one) => one.serial === serial)?.ledger;
  await eventually("it has its policy", () => {
    const applied = its()?.of("policy-applied").at(-1)?.name ?? enrollmentPolicy;
    return !applied.endsWith(enrollmentPolicy);
  });
  return {
    approve: async (daemon: DaemonProcess): Promise<void> => {
      const { digest } = await eventually("the wipe is held", async () => {
        const { holds } = await house.client().get<{ holds: readonly HoldView[] }>("/v1/holds");
        return holds.find((one) => one.act === `Operation/wipe-${run}@1`);
      });
      await house.approveFirst(digest);
      const approver = createClient({ server: daemon.adminUrl, token: house.tokens.approver });
      await approver.post(`/v1/holds/${digest}/approve`);
    },
    wipes: (): number => its()?.of("wiped").length ?? 0,
  };
}

test("killed before a call and after each sort of call, and Google with it, reeve sends nothing twice and ends as declared", {
  timeout: 400_000,
}, async () => {
  const size: Size = { sites: 2, staying: 1, moving: 2 };
  await using phones = await openPhones(pglite, declared(size, 0));
  let daemon = await phones.start();
  const { settled } = await fleetOf(phones, size);
  await settled(0);
  const { approve, wipes } = await condemned(phones, 1);
  for (const method of [patch, move, issue]) phones.committed(method);

  // It is written down what is to be called, and it is not called.
  await daemon.tell({ crashAt: 1, only: `before google ${patch}` });
  await phones.house.save(declared(size, 1));
  await daemon.finished;
  daemon = await phones.start({ at: 1, only: `after google ${patch}` });
  await daemon.finished;
  daemon = await phones.start({ at: 2, only: `after google ${move}` });
  await daemon.finished;
  await phones.restartGoogle();
  daemon = await phones.start({ at: 1, only: `after google ${issue}` });
  await approve(daemon);
  await daemon.finished;
  await phones.restartGoogle();
  daemon = await phones.start();
  await settled(1);
  await eventually("it is wiped", () => wipes() > 0);
  expect(wipes()).toBe(1);
  // The last site's, and one for the devices of each site that get more; those devices, and the rest of the last site.
  // Where the last site's others had left its policy before the kill, it is written in place of the last move.
  const [written, moved] = [phones.committed(patch), phones.committed(move)];
  expect([
    [3, 5],
    [4, 4],
  ]).toContainEqual([written, moved]);
  expect(phones.committed(issue)).toBe(1);
});
