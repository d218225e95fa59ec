import { UserError } from "../errors.ts";
import type { ReconcileView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { resumeScopes } from "./guard-scopes.ts";
import { clean, counted } from "./render/text.ts";
import { longTimespan } from "./render/time.ts";
import type { Session } from "./session.ts";

interface Scope {
  readonly scope: (typeof resumeScopes)[number];
  readonly name?: string | undefined;
}

/** Stops everything but queries for a scope, until it is resumed. */
export async function suspend(session: Session, { scope, name }: Scope, reason: string): Promise<ExitCode> {
  checkName(scope, name);
  return tell(
    session,
    "/v1/suspend",
    { scope, ...(name === undefined ? {} : { name }), reason },
    `Suspended: ${scopeText(scope, name)}`,
  );
}

/** Ends a suspension, an observation, or the caution after a restored database. */
export async function resume(session: Session, { scope, name }: Scope): Promise<ExitCode> {
  checkName(scope, name);
  const done = `Resumed: ${scopeText(scope, name)}`;
  // The caution after a restore is an approver's to end, and has an address of its own.
  if (scope === "restored") return tell(session, "/v1/resume/restored", {}, done);
  if (scope === "armed") return resumeArmed(session, done);
  return tell(session, "/v1/resume", { scope, ...(name === undefined ? {} : { name }) }, done);
}

async function resumeArmed(session: Session, done: string): Promise<ExitCode> {
  const answer = await (await session.client()).post<{ status: string }>("/v1/resume/armed", {});
  const text = answer.status === "resumed" ? done : "Noted. Another approver must resume it as well";
  await session.show(answer, () => `${text}\n`);
  return exitCodes.inOrder;
}

/** The kill switch: nothing at all is sent to any device, not even a query. */
export async function halt(session: Session, reason: string): Promise<ExitCode> {
  return tell(
    session,
    "/v1/halt",
    { reason },
    "Halted: nothing is sent to any device until: reeve unhalt --reason WHY",
  );
}

export async function unhalt(session: Session, reason: string): Promise<ExitCode> {
  return tell(session, "/v1/unhalt", { reason }, "The kill switch is off");
}

/** Lets acts leave again after the breaker engaged. */
export async function resetBreaker(session: Session, reason: string): Promise<ExitCode> {
  const client = await session.client();
  const answer = await client.post<{ status: string }>("/v1/breaker/reset", { reason });
  const text =
    answer.status === "lifted"
      ? "The breaker is lifted: what is approved may leave again"
      : "Noted. Nobody can tell who is behind it: another approver must reset it as well";
  await session.show(answer, () => `${text}\n`);
  return exitCodes.inOrder;
}

/** Looks at the source now; the devices of the scope report anew, and what failed on them is tried again. */
export async function reconcile(session: Session, scope: ReconcileScope): Promise<ExitCode> {
  const given = Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
  const client = await session.client();
  const view = await client.post<ReconcileView>("/v1/reconcile", given);
  await session.show(view, () => `${[reconcileText(view, scope), ...view.notes.map(clean)].join("\n")}\n`);
  return exitCodes.inOrder;
}

interface ReconcileScope {
  readonly device?: string | undefined;
  readonly group?: string | undefined;
  readonly all?: boolean | undefined;
}

function reconcileText(
  { devices, read, withinMs }: ReconcileView,
  { device, group, all }: ReconcileScope,
): string {
  const source = "The source is read and every device compared with it now";
  if (device === undefined && group === undefined && all === undefined)
    return `${source}. No device is woken for it: name one, --group or --all.`;
  if (devices > 0 && devices === read) return `${source}. What had failed is tried again.`;
  const who = device === undefined ? counted(devices - read, "device") : clean(device);
  const when = withinMs > 1_000 ? `within ${longTimespan(withinMs)}` : "now";
  return `${source}. Woken ${when} to report anew: ${who}. What had failed is tried again.`;
}

async function tell(session: Session, path: string, body: object, done: string): Promise<ExitCode> {
  const answer = await (await session.client()).post<object | null>(path, body);
  await session.show(answer ?? {}, () => `${clean(done)}\n`);
  return exitCodes.inOrder;
}

function scopeText(scope: string, name: string | undefined): string {
  return name === undefined ? scope : `${scope} ${name}`;
}

function checkName(scope: Scope["scope"], name: string | undefined): void {
  const named = scope === "device" || scope === "group";
  if (named && name === undefined) throw new UserError("usage", `which ${scope}? Give its name`);
  if (!named && name !== undefined) {
    throw new UserError("usage", `"${clean(name)}" has no meaning after "${scope}"`, {
      hint: `Did you mean "device ${clean(name)}" or "group ${clean(name)}"?`,
    });
  }
}
