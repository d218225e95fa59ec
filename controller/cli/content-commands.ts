import { Command } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats } from "./verb.ts";

/** Verbs for the content token of Apps and Books. */
export function contentCommand(run: Run) {
  const content = new Command("content-token").description("the token of Apps and Books, and its location");
  attach(content, importCommand(run), showCommand(run), takeOverCommand(run));
  return content;
}

function importCommand(run: Run) {
  return askingVerb("import", plainFormats)
    .description("put a content token to use that was downloaded from Apple Business or School Manager")
    .argument("<file>", "the file as it was downloaded")
    .option("--replace", "also of another location: what was assigned in the old one stays there")
    .action((file, options) =>
      run(options, async (session) =>
        (await import("./content-token.ts")).importContent(session, file, options.replace === true),
      ),
    );
}

function showCommand(run: Run) {
  return askingVerb("show", plainFormats)
    .description("the location, when its token ends, who manages it, and the licences by status")
    .action((options) =>
      run(options, async (session) => (await import("./content-token.ts")).showContent(session)),
    );
}

function takeOverCommand(run: Run) {
  return askingVerb("take-over", plainFormats)
    .description("manage the location from now on, whichever MDM did before: only one may")
    .action((options) =>
      run(options, async (session) => (await import("./content-token.ts")).takeOverContent(session)),
    );
}
