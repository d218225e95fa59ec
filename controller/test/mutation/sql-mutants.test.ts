import { expect, test } from "vitest";
import { definitionOf } from "./sql-definitions.ts";
import { sqlMutantsOf } from "./sql-mutants.ts";
import { watched } from "./sql-reach.ts";

const gate = `-- Opens.
create function reeve.gate(p text) returns boolean
language plpgsql volatile
as $$
begin
  -- Not a < b.
  perform from reeve.latch l where l.name = p and l.status in ('a', 'b');
  if not found then return false; end if;
  while p > 'x' loop
    p := substr(p, 2);
  end loop;
  return true;
end $$;

create trigger gate before update or delete on reeve.latch
for each row when (old.n > 5000) execute function reeve.gate();
`;

test("a guard of the database is found by its only definition, with small mistakes in what it does", () => {
  const definition = definitionOf("reeve.gate", [gate]);
  expect(sqlMutantsOf(definition).map(({ name }) => name)).toEqual([
    "reeve.latch l where l.name [= → <>] p and l.status in ('a',",
    "l where l.name = p [and → or] l.status in ('a', 'b'); if",
    "l.status in ('a', 'b'); if [not → ] found then return false; end",
    "2); end loop; return [true → false]; end",
    "if not found then return [false → true]; end if; while p > 'x'",
    "'x' loop p := substr(p, [2 → 3]); end loop; return true;",
    "l.name = p and l.status in (['a' → ''], 'b'); if not found then",
    "= p and l.status in ('a', ['b' → '']); if not found then return",
    "l where l.name = p [and l.status in ('a', 'b') → ]; if not found then return",
    "from reeve.latch l where[l.name = p and → ] l.status in ('a', 'b'); if",
    "begin -- Not a < b. [perform from reeve.latch l where l.name = p and l.status in ('a', 'b'); → null;] if not found then return",
    "l.status in ('a', 'b'); if [not found → true] then return false; end if;",
    "l.status in ('a', 'b'); if [not found → false] then return false; end if;",
  ]);
  expect(sqlMutantsOf(definitionOf("gate", [gate])).map(({ name }) => name)).toEqual([
    "for each row when (old.n [> → >=] 5000) execute function",
    "update [or → and] delete on reeve.latch for",
    "for each row when (old.n > [5000 → 10000]) execute function",
    "update [or delete → ] on reeve.latch for each row",
    "before[update or → ] delete on reeve.latch for",
  ]);
  expect(() => definitionOf("reeve.gate", [gate, gate])).toThrow("2 definitions of reeve.gate");
  expect(() => definitionOf("reeve.none", [gate])).toThrow("0 definitions of reeve.none");
});

test("which statements were come by is noted without a word between one and what asks whether it found something", () => {
  const watch = watched(definitionOf("reeve.gate", [gate]));
  const begins = watch?.starts.map((at) => watch.text.slice(at).split(" ")[0]);
  expect(begins).toEqual(["perform", "return"]);
  expect(watch?.statements.match(/setval\('public.come_by', \(/g)).toHaveLength(2);
  expect(watched(definitionOf("gate", [gate]))).toBeUndefined();
});
