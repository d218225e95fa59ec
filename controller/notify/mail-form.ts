import { linesOf, type Message, titleOf } from "./message.ts";

/** A mail as plain text: subject and body. Nothing in it is a link, and nothing approves. */
export function mailForm(message: Message): { readonly subject: string; readonly text: string } {
  const end = "What happened in full: reeve events. What waits for an approval: reeve holds.";
  return {
    subject: `[reeve] ${titleOf(message)}`,
    text: `${linesOf(message)
      .map((line) => `- ${line}`)
      .join("\n")}\n\n${end}\n`,
  };
}
