import { compileActs } from "../core/compile-acts.ts";
import type { CompiledAct } from "../core/compiled.ts";
import { isPasswordName } from "../core/password-name.ts";
import { identitiesOf } from "../core/persons.ts";
import { UserError } from "../errors.ts";
import { readManifests } from "../manifests/read-manifests.ts";
import type { DeviceRow } from "../store/devices.ts";
import { withLost } from "./act-devices.ts";
import { type Person, say } from "./control.ts";
import { freezeOn } from "./file-acts.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/** What a person asks of one device, now. */
export interface DirectWish {
  /** As `spec.act` of an Operation says it: exactly one key. */
  readonly act: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** What was not sent by then is never sent. */
  readonly expiresInMs: number;
  /** `untilAcknowledged`: what is not answered goes again, in this enrollment and for at most 7 days. */
  readonly delivery?: "once" | "untilAcknowledged";
  /** Made by whoever asks: the same wish that comes twice, after a lost answer say, is one act. */
  readonly key: string;
}

export interface DirectView {
  readonly act: string;
  readonly device: string;
  readonly name: string;
  readonly verb: string;
  /** `held` waits for approvals of its digest; `ready` is sent next; `filed` was asked for before with this key. */
  readonly status: "held" | "ready" | "filed";
  readonly digest?: string;
  /** Why nothing leaves yet, where something stands in the way. */
  readonly notes: readonly string[];
}

/**
 * Files an act on one device for a person: what an Operation of that content would be, with its checks, its freeze, its
 * holds and its gate. Its author is the person, who therefore does not approve it; of somebody unknown it is refused
 * where it needs an approval. No commit cancels it. Throws UserError when the wish cannot be read or the device cannot
 * have it, and then nothing was filed.
 */
export async function actDirectly(
  looking: Looking,
  word: string,
  wish: DirectWish,
  by: Asking,
): Promise<DirectView> {
  const row = await deviceNamed(looking.store, word);
  return fileFor(looking, row, { act: wish, name: Object.keys(wish.act)[0] ?? "", more: {} }, by);
}

/** Who asks; unknown where nobody can tell, over the local socket. */
export type Asking = Person & { readonly unknown?: boolean };

/** An act on one device under a name, with parameters that no manifest can ask for. */
export interface NamedWish {
  readonly act: DirectWish;
  readonly name: string;
  readonly more: Readonly<Record<string, unknown>>;
}

/** The same for a device that is known. */
export async function fileFor(
  looking: Looking,
  row: DeviceRow,
  { act: wish, name, more }: NamedWish,
  by: Asking,
): Promise<DirectView> {
  requireOpen(looking, row);
  const at = looking.clock();
  const compiled = compiledOf(row, wish, at);
  const parameters = { ...compiled.parameters, ...more };
  const act = { ...compiled, parameters, name: `Direct/${name}-${row.id}@${wish.key}` };
  const devices = await withLost(looking.store, [{ device: row.id, epoch: row.epoch, facts: row.facts }]);
  const { approvals, verifiedApprovals, disruptive, coolOffMs } = looking.reconciler;
  const persons = identitiesOf([by.name, by.person ?? by.name, ...(by.identities ?? [])]);
  const unknownAuthor = by.unknown === true;
  const filing = {
    author: by.person ?? by.name,
    verified: !unknownAuthor,
    persons,
    approvals,
    verifiedApprovals,
    disruptive,
    coolOffMs,
    at,
    unknownAuthor,
  };
  const { frozen, written } = await freezeOn(looking.store, act, devices, filing);
  const [refusal] = frozen.refusals;
  if (frozen.status === "refused") {
    await say(looking, "act.refused", refusal?.reason ?? "refused", by, act.name, { device: row.id });
    throw new UserError("act-refused", `${nameOf(row)}: ${refusal?.reason ?? "refused"}`);
  }
  const told = { act: act.name, device: row.id, name: nameOf(row), verb: frozen.targets[0]?.verb ?? "" };
  if (written === undefined) return { ...told, status: "filed", notes: [] };
  const status = written.held ? "held" : "ready";
  return { ...told, status, digest: written.digest, notes: notesOf(looking, row) };
}

/**
 * Acts are not filed while everything only watches, and no stranger is commanded. What would erase devices sooner holds
 * changes alone.
 */
function requireOpen(looking: Looking, row: DeviceRow): void {
  if (row.status !== "enrolled")
    throw new UserError("not-managed", `${nameOf(row)} is not managed now (${row.status})`);
  const engaged = new Set(looking.reconciler.latches().all.map(({ name }) => name));
  const hint = engaged.has("restored")
    ? "Compare `reeve plan` and `reeve holds` with what you know; then an approver says `reeve resume restored`."
    : engaged.has("observe")
      ? "Read `reeve plan`, then `reeve resume observe`."
      : looking.reconciler.current()?.compiled.organization.mode === "observe"
        ? "End `mode: observe` of the organization."
        : undefined;
  if (hint === undefined) return;
  throw new UserError("observing", "reeve only watches now, and does nothing to any device", { hint });
}

function notesOf(looking: Looking, row: DeviceRow): readonly string[] {
  const { halted } = looking.reconciler.latches();
  const { because, acts } = row.granted?.body ?? {};
  return [
    ...(halted === undefined ? [] : ["everything is halted, and nothing is sent"]),
    ...(because === undefined || acts === true ? [] : [`only questions are sent to it (${because})`]),
  ];
}

/** Read and compiled as the manifest that it stands for: no second way to say what an act may hold. */
function compiledOf(row: DeviceRow, wish: DirectWish, at: number): CompiledAct {
  refuseSecrets(wish.act);
  const manifest = {
    apiVersion: "reeve/v1",
    kind: "Operation",
    metadata: { name: "direct" },
    spec: {
      target: { devices: [row.id] },
      act: wish.act,
      reason: wish.reason,
      expectedDevices: 1,
      delivery: wish.delivery ?? "once",
      expiresAt: new Date(at + wish.expiresInMs).toISOString(),
    },
  };
  const { manifests, diagnostics } = readManifests("act", Buffer.from(JSON.stringify(manifest)));
  const [wrong] = diagnostics.filter((one) => one.severity === "error");
  if (wrong !== undefined) throw new UserError("act-unreadable", wrong.message);
  const set = { revision: "", manifests: manifests.flatMap((one) => one.manifest ?? []), files: new Map() };
  const [act] = compileActs(set, () => "");
  if (act === undefined) throw new Error("an Operation was read and is none");
  return act;
}

/** Passwords go by a Secret, which allows the manifest that uses it: none is typed where a log might see it. */
function refuseSecrets(value: unknown, key = ""): void {
  if (key === "wallpaper")
    throw new UserError("act-file", "wallpaper: an act with a file needs an Operation in the repository");
  const isPassword = isPasswordName(key) && (typeof value === "string" || typeof value === "number");
  if (isPassword || (typeof value === "string" && value.includes("${")))
    throw new UserError("act-secret", `${key}: passwords and variables are not taken here`, {
      hint: "Write an Operation that names a Secret. Without a PIN for a Mac reeve makes one (`reeve secrets show`).",
    });
  if (typeof value !== "object" || value === null) return;
  for (const [name, one] of Object.entries(value)) refuseSecrets(one, Array.isArray(value) ? key : name);
}

/** What people call a device. */
export function nameOf({ alias, serial, id }: DeviceRow): string {
  return alias ?? serial ?? id;
}
