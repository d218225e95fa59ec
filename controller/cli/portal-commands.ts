import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats } from "./verb.ts";

/** Verbs below `reeve apple` for the servers of Apple Business and School Manager. */
export function addPortalCommands(apple: CommandUnknownOpts, run: Run): void {
  attach(apple, keyCommand(run), importCommand(run), statusCommand(run));
}

function keyCommand(run: Run) {
  return askingVerb("enrollment-key", plainFormats)
    .description("the certificate to upload for a server of Apple Business or School Manager")
    .argument("<server>", "a name for the server, as AutomatedEnrollment manifests use it")
    .action((server, options) =>
      run(options, async (session) =>
        (await import("./enrollment-servers.ts")).enrollmentKey(session, server),
      ),
    );
}

function importCommand(run: Run) {
  return askingVerb("enrollment-import", plainFormats)
    .description("put the token of a server to use, as the portal gave it")
    .argument("<server>", "the name of the server")
    .argument("<token>", "the file that the portal gave, smime.p7m")
    .action((server, token, options) =>
      run(options, async (session) =>
        (await import("./enrollment-servers.ts")).importEnrollmentToken(session, server, token),
      ),
    );
}

function statusCommand(run: Run) {
  return askingVerb("enrollment-status", plainFormats)
    .description("how the servers of Apple Business and School Manager and their devices stand")
    .action((options) =>
      run(options, async (session) => (await import("./enrollment-servers.ts")).enrollmentStatus(session)),
    );
}
