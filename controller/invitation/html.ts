const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands in HTML, in an element or in a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => named[character] ?? "");
}

/** Lines of text as paragraphs. */
export function paragraphs(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.map((line) => `<p>${escaped(line)}</p>`).join("\n");
}

/** An ordered or unordered list of texts. */
export function list(kind: "ol" | "ul", texts: readonly string[]): string {
  return `<${kind}>${texts.map((text) => `<li>${escaped(text)}</li>`).join("")}</${kind}>`;
}
