import { expect, it } from "vitest";
import type { TestStores } from "./test-stores.ts";

/** By whose ceiling what destroys is counted. */
export function gateKindContract(stores: TestStores): void {
  it("counts by the limits of break-glass for whoever could write approvals or releases by himself", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const asked = async () =>
      (
        await store.query<{ kind: string; me: string }>(
          "select reeve.gate_kind() as kind, session_user as me",
        )
      )[0];
    const first = await asked();
    // Whoever asks a PGlite may do everything: over his connection asks another one.
    const isEmbedded = stores.name === "pglite";
    const role = isEmbedded ? "reeve_somebody" : "reeve_app";
    const be = (name = first?.me) => (isEmbedded ? `set session authorization ${name};` : "");
    const change = (sql: string) => database.asOwner(`${be()} ${sql}; ${be(role)}`);
    expect(first?.kind).toBe(isEmbedded ? "advisory" : "enforced");
    if (isEmbedded)
      await change(`create role ${role}; grant usage on schema reeve to ${role};
        grant execute on function reeve.gate_kind to ${role}`);
    try {
      for (const table of ["approval", "release"]) {
        expect([table, (await asked())?.kind]).toEqual([table, "enforced"]);
        await change(`grant insert on reeve.${table} to ${role}`);
        expect([table, (await asked())?.kind]).toEqual([table, "advisory"]);
        await change(`revoke insert on reeve.${table} from ${role}`);
      }
    } finally {
      await database.asOwner(
        isEmbedded
          ? `${be()} drop owned by ${role}; drop role ${role}`
          : `revoke insert on reeve.approval, reeve.release from ${role}`,
      );
    }
  });
}
