import type { DeclarationEntry, DeclarationSet } from "../../core/declarations.ts";
import type { DeclaredPart } from "../../core/granted.ts";

/** TokensResponse of Apple's schema: what the set of declarations is called now. */
export function tokensResponse(token: string, now: number): Buffer {
  const Timestamp = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return json({ SyncTokens: { DeclarationsToken: token, Timestamp } });
}

const lists: Readonly<Record<DeclaredPart["form"], string>> = {
  activation: "Activations",
  asset: "Assets",
  configuration: "Configurations",
  management: "Management",
};

/** DeclarationItemsResponse: all four lists are there, also the empty ones. */
export function declarationItemsResponse({ token, entries }: DeclarationSet): Buffer {
  const items = (form: string): readonly Readonly<Record<string, string>>[] =>
    entries
      .filter((one) => one.form === form)
      .map(({ identifier, token: ServerToken }) => ({ Identifier: identifier, ServerToken }));
  const Declarations = Object.fromEntries(Object.entries(lists).map(([form, name]) => [name, items(form)]));
  return json({ Declarations, DeclarationsToken: token });
}

/** One declaration. */
export function declarationResponse(
  { type, identifier, token }: DeclarationEntry,
  payload: Readonly<Record<string, unknown>>,
): Buffer {
  return json({ Type: type, Identifier: identifier, ServerToken: token, Payload: payload });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
