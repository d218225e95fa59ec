import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { contentCommand } from "./content-commands.ts";
import { addPortalCommands } from "./portal-commands.ts";
import { askingVerb, plainFormats, verb } from "./verb.ts";

/** Verbs for what Apple must be asked for. */
export function addPushCommands(program: CommandUnknownOpts, run: Run): void {
  const apple = new Command("apple").description(
    "the MDM push certificate, Apple Business and School Manager, Apps and Books",
  );
  attach(program, apple);
  attach(apple, requestCommand(run), importCommand(run), contentCommand(run));
  addPortalCommands(apple, run);
}

function requestCommand(run: Run) {
  return verb("push-csr", plainFormats)
    .description(
      "a key and a request for a push certificate; with a vendor certificate, what Apple's portal takes",
    )
    .option("--key <file>", "where the new private key goes; it must not be there yet", "push.key")
    .option("--csr <file>", "where the request goes, or where it is already", "push.csr")
    .option("--name <text>", "what the request calls its holder", "reeve")
    .option(
      "--vendor-certificate <file>",
      "PEM of an MDM vendor certificate: signs the request for Apple's portal",
    )
    .option("--vendor-key <file>", "PEM of its private key")
    .option("--vendor-chain <file>", "PEM of Apple's WWDR intermediate and root")
    .option("--signed <file>", "where the signed request goes", "push-request.txt")
    .action((options) =>
      run(options, async (session) => (await import("./push-request.ts")).requestPush(session, options)),
    );
}

function importCommand(run: Run) {
  return askingVerb("push-import", plainFormats)
    .description(
      "put a push certificate from Apple's portal to use, once it fits the devices that are enrolled",
    )
    .argument("<certificate>", "the PEM file that Apple's portal gave")
    .option("--key <file>", "the PEM file of its private key", "push.key")
    .option("--force", "also when enrolled devices expect another topic: they have to enroll again")
    .action((certificate, options) =>
      run(options, async (session) =>
        (await import("./push-import.ts")).importPush(
          session,
          certificate,
          options.key,
          options.force === true,
        ),
      ),
    );
}
