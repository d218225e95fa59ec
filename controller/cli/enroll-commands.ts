import { Command, type CommandUnknownOpts, InvalidArgumentError } from "@commander-js/extra-typings";
import { UserError } from "../errors.ts";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, durationText, keyValue, oneOf, plainFormats, positive } from "./verb.ts";

/** Verbs that let devices in. */
export function addEnrollCommands(program: CommandUnknownOpts, run: Run): void {
  const enroll = new Command("enroll").description("let a new device in");
  attach(program, enroll, downloadCommand(run));
  attach(
    enroll,
    enrollLinkCommand(run),
    enrollAppleCommand(run),
    enrollAndroidCommand(run),
    linksCommand(run),
    revokeCommand(run),
  );
}

const modes = ["fullyManaged", "dedicated", "workProfile"] as const;

function enrollLinkCommand(run: Run) {
  return askingVerb("link", plainFormats)
    .description(
      "a link for whatever a person has, Apple or Android, with its QR code, or such links by mail",
    )
    .option("--group <name>", "the group that the device joins")
    .option("--uses <number>", "how many devices", positive)
    .option("--expires <duration>", "how long it may be used, such as 4h or 7d", durationText)
    .option("--owner <email>", "the person it belongs to")
    .option("--ownership <whose>", "company or personal", (value) => oneOf(value, ["company", "personal"]))
    .option("--tag <key=value>", "a tag of the device; may be repeated", keyValue)
    .option(
      "--mode <mode>",
      "what is made of an Android device: fullyManaged, dedicated or workProfile",
      (value) => oneOf(value, modes),
    )
    .option("--qr <file>", "the link's QR code as an image, by the file's ending .png or .svg", qrFile)
    .option("--mail <addresses>", "mail each of them, separated by commas, a link of their own", addresses)
    .action((options) =>
      run(options, async (session) => {
        const { tag: tags, group, uses, expires, owner, ownership, mode, qr, mail } = options;
        const { enrollLink } = await import("./enroll-link.ts");
        return enrollLink(session, { group, uses, expires, owner, ownership, tags, mode, mail }, qr);
      }),
    );
}

function enrollAppleCommand(run: Run) {
  return askingVerb("apple", plainFormats)
    .description("an enrollment profile for Apple devices, or a link to one with its QR code")
    .option("--group <name>", "the group that the device joins")
    .option("--uses <number>", "how many devices", positive)
    .option("--expires <duration>", "how long it may be used, such as 4h or 7d", durationText)
    .option("--owner <email>", "the person it belongs to")
    .option("--ownership <whose>", "company or personal", (value) => oneOf(value, ["company", "personal"]))
    .option("--tag <key=value>", "a tag of the device; may be repeated", keyValue)
    .option("--serial <number>", "only the device with this serial number may use it")
    .option("--device <name>", "the same, by the name of its manifest, its alias or its id")
    .option(
      "--account <address>",
      "a code with which the holder of this Managed Apple Account signs in",
      address,
    )
    .option("--unsigned", "a profile without a signature, to be signed elsewhere")
    .option("--link", "a link that works once per use, instead of the file")
    .option("--qr <file>", "the link's QR code as an image, by the file's ending .png or .svg", qrFile)
    .option("--mail <addresses>", "mail each of them, separated by commas, a link of their own", addresses)
    .action((options) =>
      run(options, async (session) => {
        const { tag: tags, group, uses, expires, owner, ownership, serial, device } = options;
        const { unsigned, link, qr, mail, account } = options;
        const { enrollApple } = await import("./enroll-apple.ts");
        const whom = { group, uses, expires, owner, ownership, tags, serial, device };
        return enrollApple(session, whom, { unsigned, link, qr, mail, account });
      }),
    );
}

function enrollAndroidCommand(run: Run) {
  return askingVerb("android", plainFormats)
    .description("an enrollment token of Google's for Android devices, as a QR code")
    .option("--group <name>", "the group that the device joins")
    .option("--mode <mode>", "what the token allows: fullyManaged, dedicated or workProfile", (value) =>
      oneOf(value, modes),
    )
    .option("--uses <number>", "one device, or many; with --link or --mail, how many", uses)
    .option("--expires <duration>", "how long it may be used, such as 4h or 7d", durationText)
    .option("--owner <email>", "the person it belongs to")
    .option("--tag <key=value>", "a tag of the device; may be repeated", keyValue)
    .option("--qr <file>", "the QR code as an image, by the file's ending .png or .svg", qrFile)
    .option("--zero-touch", "the text for the portal of zero-touch enrollment instead of the code")
    .option("--link", "a link to the code instead of the code itself; a token is made when it is opened")
    .option("--mail <addresses>", "mail each of them, separated by commas, a link of their own", addresses)
    .action((options) =>
      run(options, async (session) => {
        const { tag: tags, group, mode = "fullyManaged", uses, expires, owner, qr, mail } = options;
        const { zeroTouch = false, link = false } = options;
        const whom = { group, mode, expires, owner, tags };
        if (!link && mail === undefined) {
          const { enrollAndroid } = await import("./enroll-android.ts");
          if (typeof uses === "number") throw new UserError("usage", "Google counts one device, or many");
          return enrollAndroid(session, { ...whom, uses }, { qr, zeroTouch });
        }
        if (zeroTouch || uses === "many" || (link && mail !== undefined))
          throw new UserError(
            "usage",
            "a link is for so many devices, is shown or mailed, and is no text for a portal",
          );
        const { enrollLink } = await import("./enroll-link.ts");
        return enrollLink(session, { ...whom, for: ["android"], uses: uses === "one" ? 1 : uses, mail }, qr);
      }),
    );
}

/** Google's tokens are for one device or for many; a link is for any number. */
function uses(value: string): "one" | "many" | number {
  return value === "one" || value === "many" ? value : positive(value);
}

function downloadCommand(run: Run) {
  return askingVerb("download", plainFormats)
    .description(
      "a profile that a device is to have, to install it by hand; it never counts as installed by that",
    )
    .argument("<device>", "its name, alias, serial number or id")
    .argument("<profile>", "the profile's name")
    .option("--link", "a short-lived link instead of the file")
    .option("--qr <file>", "the link's QR code as an image, by the file's ending .png or .svg", qrFile)
    .option(
      "--expires <duration>",
      "how long the link is good, 15m when absent and 24h at most",
      durationText,
    )
    .action((device, profile, options) =>
      run(options, async (session) => {
        const { link = false, qr, expires } = options;
        return (await import("./download.ts")).download(session, device, profile, { link, qr, expires });
      }),
    );
}

function linksCommand(run: Run) {
  return askingVerb("links", plainFormats)
    .description("enrollment links that can still be used")
    .action((options) =>
      run(options, async (session) => (await import("./enroll-links.ts")).enrollLinks(session)),
    );
}

function revokeCommand(run: Run) {
  return askingVerb("revoke", plainFormats)
    .description("make a link useless, and what was downloaded with it and not used yet")
    .argument("<id>", "as shown by reeve enroll links")
    .action((id, options) =>
      run(options, async (session) => (await import("./enroll-links.ts")).revokeLink(session, id)),
    );
}

function qrFile(value: string): string {
  if (/\.(png|svg)$/i.test(value)) return value;
  throw new InvalidArgumentError("Expected a file that ends in .png or .svg.");
}

function address(value: string): string {
  return addresses(value, undefined)[0] ?? value;
}

/** Addresses separated by commas, and from every time the option is given. */
function addresses(value: string, previous: readonly string[] | undefined): readonly string[] {
  const found = value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const wrong = found.find((one) => !/^[^\s@<>,;:"()\\]+@[^\s@<>,;:"()\\]+$/.test(one));
  if (wrong !== undefined || found.length === 0)
    throw new InvalidArgumentError(
      `Expected e-mail addresses separated by commas, found ${wrong ?? "none"}.`,
    );
  return [...(previous ?? []), ...found];
}
