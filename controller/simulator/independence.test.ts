import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FOLDER = import.meta.dirname;
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
const isForTests = (name: string) => /\.test\.ts$|^test-bed\.ts$|^scripted-server(-cms)?\.ts$/.test(name);

test("devices are built of Node and of their own files alone, so that they share no code with the server", () => {
  const foreign = files
    .filter((name) => !isForTests(name))
    .flatMap((name) => {
      const text = readFileSync(`${FOLDER}/${name}`, "utf8");
      const imports = [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1] as string);
      return imports.filter((from) => !/^(node:|\.\/)/.test(from)).map((from) => `${name}: ${from}`);
    });

  expect(foreign).toEqual([]);
});

test("only the real world reads the clock, and nothing reads chance that is not seeded into behaviour", () => {
  const readers = files
    .filter((name) => !isForTests(name))
    .filter((name) =>
      /Date\.now\(|Math\.random\(|new Date\(\)/.test(readFileSync(`${FOLDER}/${name}`, "utf8")),
    );

  // self-made.ts numbers certificates for loopback; nothing that a device does depends on them.
  expect(readers).toEqual(["self-made.ts", "world.ts"]);
});
