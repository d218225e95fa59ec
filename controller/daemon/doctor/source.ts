import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readProfileFile } from "../../apple/profile-file.ts";
import type { Finding, Patient } from "../../cli/doctor.ts";
import type { Config } from "../../config.ts";
import { describe, UserError } from "../../errors.ts";
import { loadPolicySet } from "../../manifests/load-policy-set.ts";
import { openSource } from "../open-parts.ts";

/** Whether the policies can be read, and are in order. The daemon's copy of the repository is left alone. */
export async function checkSource({ config, offline, now }: Patient): Promise<readonly Finding[]> {
  if (offline && config.source.url !== undefined) return [];
  const folder = await mkdtemp(join(tmpdir(), "reeve-doctor-"));
  const source = openSource({ ...config, store: { ...config.store, directory: folder } } as Config);
  try {
    const snapshot = await source.poll();
    const read: Finding = {
      check: "source",
      status: "pass",
      says: `${source.describe()} at ${snapshot.revision.slice(0, 7)}`,
    };
    const { summary, diagnostics } = loadPolicySet(await snapshot.tree(), { now: now(), readProfileFile });
    const first = diagnostics.find((one) => one.severity === "error");
    if (first === undefined)
      return [read, { check: "policies", status: "pass", says: `${summary.manifests} manifests in order` }];
    const says = `${summary.errors} ${summary.errors === 1 ? "error" : "errors"}, the first: ${first.origin.file}:${first.origin.line} ${first.message}`;
    return [read, { check: "policies", status: "fail", says, hint: "reeve validate" }];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = error instanceof UserError ? error.hint : undefined;
    const what = hint === undefined ? { hint: "docs/git.md says what each reason means." } : { hint };
    return [{ check: "source", status: "fail", says: describe(error), ...what }];
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}
