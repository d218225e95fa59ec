import { randomBytes } from "node:crypto";
import type { DeletionView } from "../loop/delete-device.ts";
import type { DirectView } from "../loop/direct-act.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { shortDigest } from "./render/digest.ts";
import { clean, wrap } from "./render/text.ts";
import type { Session } from "./session.ts";

export interface DirectOptions {
  readonly reason: string;
  readonly expires: string;
  readonly untilAcknowledged?: boolean | undefined;
}

/** Files an act on one device, and says whether it waits for an approval. */
export async function fileAct(
  session: Session,
  device: string,
  act: Readonly<Record<string, unknown>>,
  { reason, expires, untilAcknowledged }: DirectOptions,
): Promise<ExitCode> {
  const client = await session.client();
  const delivery = untilAcknowledged === true ? "untilAcknowledged" : "once";
  const wish = { act, reason, expires, delivery, key: randomBytes(8).toString("hex") };
  const view = await client.post<DirectView>(`/v1/devices/${encodeURIComponent(device)}/acts`, wish);
  await session.show(view, (found) => renderDirect(found, session.look.width));
  return exitCodes.inOrder;
}

export interface DeletionOptions {
  readonly reason: string;
  readonly expires: string;
  readonly evenIfLost?: boolean | undefined;
  readonly evenIfRetired?: boolean | undefined;
}

/** Deletes the record of a device, or files the act that ends its management first. */
export async function deleteRecord(
  session: Session,
  device: string,
  { reason, expires, evenIfLost, evenIfRetired }: DeletionOptions,
): Promise<ExitCode> {
  const client = await session.client();
  const key = randomBytes(8).toString("hex");
  const even = { evenIfLost: evenIfLost === true, evenIfRetired: evenIfRetired === true };
  const view = await client.post<DeletionView>(`/v1/devices/${encodeURIComponent(device)}/delete`, {
    ...{ reason, expires, key },
    ...even,
  });
  await session.show(view, (found) =>
    found.status === "deleted"
      ? `Deleted: the record of ${clean(device)}\n`
      : `${renderDirect(found, session.look.width)}Its record is deleted when its management has ended.\n`,
  );
  return exitCodes.inOrder;
}

function renderDirect({ act, name, verb, status, digest, notes }: DirectView, width: number): string {
  const about = `${clean(verb)} ${clean(name)}`;
  const short = digest === undefined ? "" : shortDigest(digest);
  const said =
    status === "held"
      ? [
          ...wrap(
            `Held: ${about} waits for an approval, by somebody else unless you are alone (solo)`,
            width,
            "  ",
          ),
          `  reeve approve ${short}`,
          "  nobody can be reached:",
          `  reeve break-glass ${short} --reason WHY`,
          "    (one device in 24 hours; where the gate is advisory,",
          "    only if nothing else was destroyed in them)",
        ]
      : [
          `Filed: ${about} is sent when the device is next heard of`,
          // It is questions, which other asks share: that they were answered is all that is told of it.
          verb === "audit"
            ? `  reeve events --type act. --device ${clean(name)}`
            : `  reeve operations --device ${clean(name)}`,
        ];
  return `${[...said, ...notes.flatMap((note) => wrap(`Note: ${clean(note)}`, width, "  ")), `Act: ${clean(act)}`].join("\n")}\n`;
}
