import { styleText } from "node:util";

/** How a rendering looks: everything that is not in the view itself. */
export interface Look {
  /** Epoch ms; times are told relative to it. */
  readonly now: number;
  /** Columns; no line is longer. */
  readonly width: number;
  readonly color: boolean;
}

export type Paint = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The text in a colour, where colours are wanted. Widths are counted before painting. */
export function paint(look: Pick<Look, "color">, style: Paint | readonly Paint[], text: string): string {
  if (!look.color || text === "") return text;
  return styleText(typeof style === "string" ? style : [...style], text, { validateStream: false });
}
