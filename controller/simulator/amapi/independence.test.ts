import { readdirSync, readFileSync } from "node:fs";
import { normalize } from "node:path";
import { expect, test } from "vitest";

const FOLDER = import.meta.dirname;
const FACTS = "../../core/android-schema/";

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !/(^|\/)(test-|contract-)|\.test\.ts$/.test(name))
  .map((name) => ({ name, text: readFileSync(`${FOLDER}/${name}`, "utf8") }));

/** Imports that do work, with their place seen from this folder. */
function importsOf({ name, text }: (typeof files)[number], all = true): readonly string[] {
  const found = [...text.matchAll(/^import (type )?[^;]*?from "([^"]+)"/gm)];
  const folder = name.split("/").slice(0, -1).join("/");
  return found
    .filter(([, isType]) => all || isType === undefined)
    .map(([, , from = ""]) => (from.startsWith(".") ? normalize(`${folder}/${from}`) : from));
}

test("the emulator is built of Node, of the facts about Google's API and of Google's own types", () => {
  const foreign = files.flatMap((file) => [
    ...importsOf(file)
      .filter((from) => from.startsWith("..") && !from.startsWith(FACTS) && from !== "../world.ts")
      .map((from) => `${file.name}: ${from}`),
    ...importsOf(file, false)
      .filter((from) => !from.endsWith(".ts") && !from.startsWith("node:"))
      .map((from) => `${file.name}: ${from}`),
  ]);
  expect(foreign).toEqual([]);
});

test("devices reach Google through their own channel alone, and Google knows nothing of what they are", () => {
  const allowed = ["google/device-channel.ts", "google/enroll.ts", "google/wire-json.ts"];
  const wrong = files.flatMap((file) => {
    const works = importsOf(file, false);
    if (file.name.startsWith("device/"))
      return works
        .filter((from) => from.startsWith("google/") && !allowed.includes(from))
        .map((from) => `${file.name}: ${from}`);
    if (!/^(google|pubsub)\//.test(file.name)) return [];
    return works.filter((from) => from.startsWith("device/")).map((from) => `${file.name}: ${from}`);
  });
  expect(wrong).toEqual(["device/android-device.ts: google/enrollment-tokens.ts"]);
});

test("nothing reads a clock or chance of its own", () => {
  const readers = files.filter(({ text }) => /Date\.now\(|Math\.random\(|new Date\(\)/.test(text));
  expect(readers.map(({ name }) => name)).toEqual([]);
});
