import type { SecretsView, SecretView } from "../loop/secret-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { grid } from "./render/grid.ts";
import type { Look } from "./render/look.ts";
import { stamp } from "./render/stamp.ts";
import { clean } from "./render/text.ts";
import type { SecretKind } from "./secret-kinds.ts";
import type { Session } from "./session.ts";

/** Which values of a device are kept, and none of them. */
export async function listSecrets(session: Session, device: string): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<SecretsView>(`/v1/devices/${encodeURIComponent(device)}/secrets`);
  await session.show(view, renderSecrets);
  return exitCodes.inOrder;
}

/** One kind in clear; whoever asks and why stands in the events. */
export async function showSecret(
  session: Session,
  device: string,
  kind: SecretKind,
  reason: string,
): Promise<ExitCode> {
  const client = await session.client();
  const path = `/v1/devices/${encodeURIComponent(device)}/secrets/${kind}/take`;
  await session.show(await client.post<SecretView>(path, { reason }), renderSecret);
  return exitCodes.inOrder;
}

const columns = [{ title: "KIND", min: 16 }, { title: "TIME" }, { title: "ENROLLMENT" }, { title: "STATUS" }];

/** The list of what is kept of one device. */
export function renderSecrets({ name, secrets }: SecretsView, look: Look): string {
  if (secrets.length === 0) return `Nothing is kept of ${clean(name)}.\n`;
  const rows = secrets.map((one) => [
    one.kind,
    stamp(one.at),
    String(one.epoch),
    one.present ? one.status : "taken away",
  ]);
  return `${grid(columns, rows, look).join("\n")}\n\nOne of them: reeve secrets show DEVICE KIND --reason WHY\n`;
}

/** Values, the newest first; only the newest when the device said yes to it. */
export function renderSecret({ name, kind, values }: SecretView, look: Look): string {
  const certain = values.findIndex(({ status }) => status === "executed" || status === "reported");
  const shown = certain < 0 ? values : values.slice(0, certain + 1);
  const rows = shown.map((one) => [clean(one.value), stamp(one.at), one.status]);
  const doubt =
    shown.length > 1 ? "It is not certain which one the device has: the newest was not answered.\n" : "";
  return `${clean(name)}  ${kind}\n${grid([{ min: 12 }, {}, {}], rows, look, 2).join("\n")}\n${doubt}`;
}
