import { linesOf, type Message, titleOf } from "./message.ts";

/** Slack takes 3,000 characters in a text of a section, and 50 blocks (Block Kit reference). */
const mostText = 2_900;

/** The body for an incoming webhook of Slack: no link, no button, and nothing that mentions anybody. */
export function slackBody(message: Message): string {
  const title = titleOf(message);
  const blocks = [
    { type: "header", text: { type: "plain_text", text: title, emoji: false } },
    ...linesOf(message).map((line) => ({
      type: "section",
      text: { type: "mrkdwn", text: escaped(`• ${line}`).slice(0, mostText), verbatim: true },
    })),
  ];
  return JSON.stringify({ text: escaped(title), blocks, unfurl_links: false, unfurl_media: false });
}

/** `&`, `<` and `>` begin mentions and links (Slack: Formatting text); the rest only makes text bold or slanted. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, "\u200b$&");
}
