import { Command, type CommandUnknownOpts, InvalidArgumentError } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { plainFormats, verb } from "./verb.ts";

/** Verbs for what Google must be asked for. */
export function addAndroidCommands(program: CommandUnknownOpts, run: Run): void {
  const android = new Command("android").description(
    "the enterprise of Google's that Android devices belong to",
  );
  attach(program, android);
  attach(android, signUpCommand(run));
}

function signUpCommand(run: Run) {
  return verb("sign-up", plainFormats)
    .description("sign the organization up with Google: a person does it in a browser, step by step")
    .option("--project <id>", "the Google Cloud project that shall own the enterprise (android.project)")
    .option("--name <text>", "what the enterprise is called")
    .option("--callback-url <url>", "send the browser there afterwards, and do not wait for it", webUrl)
    .option("--sign-up <name>", "go on with this sign-up, such as signupUrls/C0123", signUpName)
    .option("--enterprise-token <token>", "what came back with the browser; good for one enterprise")
    .option("--another", "also when the project has an enterprise")
    .action((options) =>
      run(options, async (session) => (await import("./sign-up.ts")).signUp(session, options)),
    );
}

function webUrl(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new InvalidArgumentError("Expected an address such as https://HOST/PATH.");
}

function signUpName(value: string): string {
  if (/^signupUrls\/[\w-]{1,200}$/.test(value)) return value;
  throw new InvalidArgumentError("Expected Google's name of a sign-up, such as signupUrls/C0123.");
}
