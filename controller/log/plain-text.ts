/**
 * A text that cannot end a line, steer a terminal or change the direction of reading: control, format and
 * separator characters become one blank, and it is cut at `length` characters. For everything that a device, a
 * repository or a person wrote and that a log or a terminal shows.
 */
export function plainText(text: string, length = 200): string {
  const plain = text
    .slice(0, 4 * length)
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu, " ")
    .trim();
  return plain.length > length ? `${plain.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")}…` : plain;
}
