import { describe } from "vitest";
import { pglite, type TestStores } from "../../store/test-stores.ts";
import { definitionOf } from "./sql-definitions.ts";
import { sqlGuards } from "./sql-guards.ts";
import { sqlMutantsOf } from "./sql-mutants.ts";
import { cameBy, watched } from "./sql-reach.ts";
import { switches } from "./switches.ts";

/** What stores promise of a guard of the database, with the mutant that is in force in its place. */

const name = String(process.env.REEVE_GUARD);
const definition = definitionOf(name);
const mutants = sqlMutantsOf(definition);

const watch = watched(definition);

const mutating: TestStores = {
  name: "pglite",
  fresh: async (options) => {
    const database = await pglite.fresh(options);
    const mutant = switches.on === undefined ? undefined : mutants[switches.on];
    await database.asOwner(mutant?.statement ?? watch?.statements ?? definition.statement);
    if (mutant !== undefined) return database;
    return {
      ...database,
      [Symbol.asyncDispose]: async () => {
        const isReached = watch === undefined ? () => true : await cameBy(database, watch);
        for (const index of switches.left)
          if (isReached(mutants[index]?.at ?? 0)) switches.reached.add(index);
        await database[Symbol.asyncDispose]();
      },
    };
  },
};

// What the database does not take is no mutant.
{
  await using database = await pglite.fresh();
  for (const [index, { statement }] of mutants.entries()) {
    const isTaken = await database.asOwner(statement).then(
      () => true,
      () => false,
    );
    if (isTaken) switches.left.add(index);
  }
  await database.asOwner(definition.statement);
  switches.count = switches.left.size;
}
for (const contract of sqlGuards[name] ?? []) describe(contract.name, () => contract(mutating));
