import { type Chosen, type CompiledEnrollment, chooseEnrollment } from "../../core/automated-enrollment.ts";
import { digestOf } from "../../core/canonical.ts";
import type { Compiled } from "../../core/compiled.ts";
import { inSlices } from "../../slices.ts";
import { listPresent } from "../../store/enrollment-devices.ts";
import { listServers } from "../../store/enrollment-servers.ts";
import type { Store } from "../../store/open.ts";
import type { PlanEnrollment } from "./portal-views.ts";
import { described } from "./standing.ts";

/**
 * What a policy set changes for the devices of Apple's portals, against the one in force; counted, not listed. Nothing
 * of it reaches a device before it is set up the next time. Writes nothing.
 */
export async function previewEnrollments(
  store: Store,
  before: Pick<Compiled, "enrollments"> | undefined,
  after: Pick<Compiled, "enrollments">,
): Promise<readonly PlanEnrollment[]> {
  const old = before?.enrollments ?? [];
  const words = (list: readonly CompiledEnrollment[]) =>
    list.map((one) => [one.priority, aboutDevices(one), atApple(one)]);
  if (digestOf(words(old)) === digestOf(words(after.enrollments))) return [];
  const counts = new Map<string, PlanEnrollment>();
  for (const server of await listServers(store)) {
    for await (const device of inSlices(await listPresent(store, server.name))) {
      const [was, is] = [old, after.enrollments].map((list) =>
        chooseEnrollment(list, server.name, described(device)),
      ) as [Chosen, Chosen];
      const change = changeOf(was, is);
      if (change === undefined) continue;
      const key = JSON.stringify([server.name, change]);
      const devices = (counts.get(key)?.devices ?? 0) + 1;
      counts.set(key, { ...change, server: server.name, devices });
    }
  }
  return [...counts.values()].sort((a, b) => b.devices - a.devices || (a.manifest < b.manifest ? -1 : 1));
}

function changeOf(was: Chosen, is: Chosen): Pick<PlanEnrollment, "manifest" | "what"> | undefined {
  if (is.type === "none")
    return was.type === "one" ? { manifest: was.enrollment.name, what: "left" } : undefined;
  if (is.type === "conflict")
    return was.type === "conflict" ? undefined : { manifest: is.names.join(", "), what: "conflict" };
  const { enrollment } = is;
  const known = was.type === "one" ? was.enrollment : undefined;
  if (known === undefined || digestOf(atApple(known)) !== digestOf(atApple(enrollment)))
    return { manifest: enrollment.name, what: "profile" };
  return digestOf(admission(known)) === digestOf(admission(enrollment))
    ? undefined
    : { manifest: enrollment.name, what: "admission" };
}

/** What stands in the profile that Apple keeps. */
function atApple({ name, setup }: CompiledEnrollment) {
  return [name, setup];
}

/** What counts only when a device asks to be let in. */
function admission({ group, tags, minimumOs, admitsReturn }: CompiledEnrollment) {
  return [group ?? null, tags, minimumOs, admitsReturn];
}

function aboutDevices({ server, devices, ...rest }: CompiledEnrollment) {
  const target = [devices.all, [...devices.serials], [...devices.models], [...devices.platforms]];
  return [server, target, admission({ server, devices, ...rest })];
}
