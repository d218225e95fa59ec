import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import type { DirectOptions } from "./direct.ts";
import { askingVerb, durationText, plainFormats } from "./verb.ts";

/** Verbs that do something to one device, now; whether it may happen is decided where Operations are. */
export function addDirectCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, lockCommand(run), clearPasscodeCommand(run), wipeCommand(run), auditCommand(run));
  attach(program, lostModeCommand(run));
  attach(program, deleteCommand(run));
  for (const [name, key, description] of plain) attach(program, plainCommand(run, name, key, description));
}

/** Acts without anything to say. */
const plain = [
  ["end-lost-mode", "endLostMode", "end Lost Mode"],
  ["locate", "locate", "ask where a device is; Apple: only in Lost Mode"],
  ["play-sound", "playSound", "play a sound; Apple: only in Lost Mode"],
  ["reboot", "reboot", "restart a device"],
  ["shut-down", "shutdown", "turn a device off"],
] as const;

function directVerb(name: string, description: string) {
  return askingVerb(name, plainFormats)
    .description(description)
    .argument("<device>", "its name, serial number or id")
    .requiredOption("--reason <text>", "why; kept with the act")
    .option("--expires <duration>", "what was not sent by then is never sent", durationText, "1d")
    .option("--until-acknowledged", "send it again when no answer comes, in this enrollment, at most 7 days");
}

function lockCommand(run: Run) {
  return directVerb("lock", "lock a device")
    .option("--message <text>", "on the lock screen; Android cannot show it")
    .option("--phone <number>", "on the lock screen")
    .action((device, options) => {
      const lock = given({ message: options.message, phoneNumber: options.phone });
      return file(run, device, { lock }, options);
    });
}

function clearPasscodeCommand(run: Run) {
  return directVerb("clear-passcode", "remove the passcode of a device")
    .option("--require-entry", "no other way to unlock until it was entered once (Android)")
    .option("--do-not-ask-credentials-on-boot", "the device starts without asking for it (Android)")
    .option("--lock-now", "lock at once (Android)")
    .action((device, options) => {
      const { requireEntry, doNotAskCredentialsOnBoot, lockNow } = options;
      const clearPasscode = given({ requireEntry, doNotAskCredentialsOnBoot, lockNow });
      return file(run, device, { clearPasscode }, options);
    });
}

function wipeCommand(run: Run) {
  return directVerb("wipe", "erase a device; of a personal one work data only. Waits for an approval")
    .option("--work", "work data only")
    .option("--keep-esim", "keep the eSIM")
    .option("--even-if-lost", "also in Lost Mode: it cannot be located any more afterwards")
    .option("--message <text>", "what the user of a personal device is told (Android)")
    .action((device, options) => {
      const { keepEsim, evenIfLost, message } = options;
      const scope = options.work === true ? "work" : undefined;
      const wipe = given({ scope, keepEsim, evenIfLost, message });
      return file(run, device, { wipe }, options);
    });
}

function deleteCommand(run: Run) {
  return askingVerb("delete", plainFormats)
    .description(
      "delete the record of a device; of a managed one after its management, which waits for an approval",
    )
    .argument("<device>", "its name, serial number or id")
    .requiredOption("--reason <text>", "why; kept in the events")
    .option("--expires <duration>", "a management that was not ended by then stays", durationText, "1d")
    .option("--even-if-lost", "also in Lost Mode: it cannot be located any more afterwards")
    .option("--even-if-retired", "also a retired one: it may enroll again then")
    .action((device, options) =>
      run(options, async (session) => (await import("./direct.ts")).deleteRecord(session, device, options)),
    );
}

function auditCommand(run: Run) {
  return directVerb("audit", "have a device report itself, its security and its apps, now").action(
    (device, options) => file(run, device, { audit: {} }, options),
  );
}

function lostModeCommand(run: Run) {
  return directVerb("lost-mode", "turn Lost Mode on; only end-lost-mode ends it")
    .option("--message <text>", "on the screen; this or --phone is needed")
    .option("--phone <number>", "on the screen")
    .option("--footnote <text>", "small text below")
    .action((device, options) => {
      const { message, phone, footnote } = options;
      const lostMode = given({ message, phoneNumber: phone, footnote });
      return file(run, device, { lostMode }, options);
    });
}

function plainCommand(run: Run, name: string, key: string, description: string) {
  return directVerb(name, description).action((device, options) => file(run, device, { [key]: {} }, options));
}

function file(
  run: Run,
  device: string,
  act: Readonly<Record<string, unknown>>,
  options: Parameters<Run>[0] & DirectOptions,
): Promise<void> {
  return run(options, async (session) =>
    (await import("./direct.ts")).fileAct(session, device, act, options),
  );
}

function given(all: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
