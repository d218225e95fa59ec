import { actRefusal, traitsOf } from "../apple/command-gates.ts";
import { isSupported, renderCommand } from "../apple/commands.ts";
import type { ActTarget } from "../core/act.ts";
import type { Sent } from "../core/channel.ts";
import { lostRefusal } from "../core/freeze.ts";
import type { ChannelRow } from "../core/ports.ts";
import { Stalled } from "../errors.ts";
import { lostAmong } from "../store/lost-devices.ts";
import type { AppleConnectionPorts, ClientIdentity } from "./apple-connection.ts";
import { appsShownBy } from "./configured-apps.ts";
import { variablesOf } from "./device-variables.ts";
import { prepareAct } from "./prepare-act.ts";
import type { Rendered } from "./rendered.ts";
import { substitute } from "./substitute.ts";

/** Profiles that hold secrets are encrypted to the device itself where its key can decrypt. */
export function encryptFor({ certificate }: ClientIdentity): { readonly encryptFor?: Uint8Array } {
  return certificate.publicKey.asymmetricKeyType === "rsa" ? { encryptFor: certificate.raw } : {};
}

/** The bytes of a command, with secrets and variables put in, and what must be kept of it. Throws Stalled. */
export async function renderFor(
  ports: AppleConnectionPorts,
  row: ChannelRow,
  sent: Sent,
  identity: ClientIdentity,
): Promise<Rendered> {
  const { intent } = sent;
  if (!isSupported(intent)) throw new Stalled("not-supported", "Apple devices have no such command");
  const variables = variablesOf(row, ports.recipients);
  const secrets = ports.secrets();
  const content = intent.type === "install" ? await ports.contentOf(intent.digest) : undefined;
  if (intent.type === "install" && content === undefined)
    throw new Stalled(
      "content-missing",
      `the content of ${intent.item} is not in the store, or came with no revision`,
    );
  const enrollmentProfile =
    intent.type === "enrollment" && intent.step === "renew" ? await ports.renewedProfile(row) : undefined;
  const act = actOf(row, intent);
  const user = intent.type === "install" ? intent.item : (act?.name.replace(/@\d+$/, "") ?? "");
  const fill = (template: string): string =>
    substitute(template, variables, (name) => secrets.read(name, user));
  if (act !== undefined) return renderAct(ports, row, sent, act, fill);
  const traits = traitsOf(row.facts?.body ?? {});
  const body = await renderCommand(sent.id, intent, {
    substitute: fill,
    now: ports.clock(),
    ...(intent.type === "install" ? encryptFor(identity) : {}),
    ...(ports.signer === undefined ? {} : { signer: ports.signer }),
    ...(content === undefined ? {} : { content }),
    ...(intent.type === "query" ? { apps: appsShownBy(row, intent.section).map(({ id }) => id) } : {}),
    ...(enrollmentProfile === undefined ? {} : { enrollmentProfile }),
    ...(variables.platform === undefined ? {} : { platform: variables.platform }),
    ...(traits === undefined ? {} : { traits }),
  });
  return { body };
}

/** The gate has decided about the verb of the act, and about no other. */
function actOf({ acts }: ChannelRow, intent: Sent["intent"]): ActTarget | undefined {
  if (intent.type !== "act") return undefined;
  const act = acts.find((one) => one.act === intent.act && one.verb === intent.verb);
  if (act === undefined) throw new Stalled("act-missing", "there is no such act");
  return act;
}

/** A device may have gone into Lost Mode after the act was frozen, or approved. */
async function refuseWhileLost(
  { store }: AppleConnectionPorts,
  { device }: ChannelRow,
  { verb, parameters }: ActTarget,
): Promise<void> {
  const refusal = lostRefusal(verb, parameters);
  if (refusal !== undefined && (await lostAmong(store, [device])).length > 0)
    throw new Stalled("lost-mode", refusal);
}

async function renderAct(
  ports: AppleConnectionPorts,
  row: ChannelRow,
  { id, intent }: Sent,
  act: ActTarget,
  fill: (template: string) => string,
): Promise<Rendered> {
  const traits = traitsOf(row.facts?.body ?? {});
  const refusal = actRefusal(act.verb, act.parameters, traits);
  if (refusal !== undefined) throw new Stalled("not-supported", refusal);
  await refuseWhileLost(ports, row, act);
  const { store, recipients, returnProfile, contentOf } = ports;
  const supplies = { store, recipients, returnProfile, contentOf, substitute: fill };
  const { parameters, kept } = await prepareAct(supplies, row, act, id);
  const body = await renderCommand(id, intent, {
    // Everything is put in already; what a secret holds is not read as a template again.
    substitute: (text) => text,
    now: ports.clock(),
    parameters,
    ...(traits === undefined ? {} : { traits }),
  });
  return { body, kept };
}
