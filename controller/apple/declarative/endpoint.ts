import type { DeclaredPart } from "../../core/granted.ts";

/** What a DeclarativeManagement check-in asks for, by its Endpoint. */
export type Endpoint =
  | { readonly type: "tokens" | "declaration-items" | "status" }
  | { readonly type: "declaration"; readonly form: DeclaredPart["form"]; readonly identifier: string };

/** The endpoint that a device names; undefined for one that Apple's schema does not have. */
export function readEndpoint(text: string): Endpoint | undefined {
  if (text === "tokens" || text === "declaration-items" || text === "status") return { type: text };
  const [, form, identifier] =
    /^declaration\/(activation|asset|configuration|management)\/(.+)$/s.exec(text) ?? [];
  if (form === undefined || identifier === undefined) return undefined;
  return { type: "declaration", form: form as DeclaredPart["form"], identifier };
}
