import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { secretKinds } from "./secret-kinds.ts";
import { askingVerb, oneOf, plainFormats } from "./verb.ts";

/** The verbs for what is kept sealed of devices. */
export function addSecretCommands(program: CommandUnknownOpts, run: Run): void {
  const secrets = askingVerb("secrets", plainFormats)
    .description("which PINs, passwords, keys and codes of a device are kept; none of them is shown")
    .argument("<device>", "name, alias, serial number or id")
    .action((device, options) =>
      run(options, async (session) => (await import("./secrets.ts")).listSecrets(session, device)),
    );
  attach(program, secrets);
  attach(
    secrets,
    askingVerb("show", plainFormats)
      .description("one of them in clear; needs an operator, and leaves an event with the reason")
      .argument("<device>", "name, alias, serial number or id")
      .argument("<kind>", secretKinds.join(", "), (value) => oneOf(value, secretKinds))
      .requiredOption("--reason <text>", "why; kept in the events")
      .action((device, kind, options) =>
        run(options, async (session) =>
          (await import("./secrets.ts")).showSecret(session, device, kind, options.reason),
        ),
      ),
  );
}
