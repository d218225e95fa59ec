import { linesOf, type Message, titleOf } from "./message.ts";

/** A message to a workflow of Teams has at most 28 KB (Microsoft: incoming webhooks). */
const mostBytes = 26_000;

/** The body for a workflow of Teams ("When a Teams webhook request is received"): an Adaptive Card without actions. */
export function teamsBody(message: Message): string {
  const lines = linesOf(message);
  for (let shown = lines.length; ; shown = Math.floor(shown / 2)) {
    const left = lines.length - shown;
    const body = JSON.stringify(
      card(message, left === 0 ? lines : [...lines.slice(0, shown), `and ${left} more`]),
    );
    if (Buffer.byteLength(body) <= mostBytes || shown === 0) return body;
  }
}

function card(message: Message, lines: readonly string[]): unknown {
  const texts = lines.map((line) => ({
    type: "TextBlock",
    text: escaped(line),
    wrap: true,
    spacing: "Small",
  }));
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            {
              type: "TextBlock",
              text: escaped(titleOf(message)),
              weight: "Bolder",
              size: "Medium",
              wrap: true,
            },
            ...texts,
          ],
        },
      },
    ],
  };
}

/** Of Markdown a card knows links, emphasis and lists (Adaptive Cards: text features). */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]()#<>!~-]/g, "\\$&");
}
