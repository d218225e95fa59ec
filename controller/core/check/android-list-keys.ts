import { keyedListsIn, type PlacedList } from "../android-policy/keyed-lists.ts";
import { isFields } from "../android-policy/leaves.ts";
import type { AndroidPath } from "../android-schema/read-value.ts";
import { pathText } from "../path-text.ts";
import { describeValue, quote } from "./describe-value.ts";
import type { Finding } from "./problem.ts";

type Found = readonly [AndroidPath, Finding];

/**
 * Lists that profiles are put together in element by element need what tells the elements apart. Without it one
 * profile's list could only take the place of another's as a whole.
 */
export function listKeyFindings(fragment: object): readonly Found[] {
  return keyedListsIn(fragment).flatMap(elementFindings);
}

function elementFindings({ at, list, value }: PlacedList): readonly Found[] {
  if (!Array.isArray(value)) return [wrongType(at, value, "a list")];
  const { field, byDefault } = list;
  const first = new Map<string, AndroidPath>();
  return value.flatMap((element, index): readonly Found[] => {
    const path = [...at, index];
    if (!isFields(element)) return [wrongType(path, element, `a mapping with ${field}`)];
    const written = Object.hasOwn(element, field);
    const place = written ? [...path, field] : path;
    const key = written ? element[field] : byDefault;
    if (key === undefined || key === "") return [missing(place, path, field)];
    if (typeof key !== "string") return [wrongType(place, key, "a text")];
    const before = first.get(key);
    first.set(key, before ?? path);
    return before === undefined ? [] : [doubled(place, [...path, field], before, key)];
  });
}

function wrongType(path: AndroidPath, value: unknown, expected: string): Found {
  const message = `${pathText(path)} is ${describeValue(value)}`;
  return [path, { rule: "android-wrong-type", message, detail: [`expected ${expected}.`] }];
}

function missing(place: AndroidPath, element: AndroidPath, field: string): Found {
  const message = `${field} is missing in ${pathText(element)}`;
  const detail = [`expected a text that no other element has: profiles are put together by it. Write it.`];
  return [place, { rule: "android-list-key", message, detail }];
}

function doubled(place: AndroidPath, field: AndroidPath, before: AndroidPath, key: string): Found {
  const message = `${pathText(field)} is ${quote(key)}, as that of ${pathText(before)}`;
  const detail = [
    "expected another one: profiles are put together by it. Make one element of both, or remove one.",
  ];
  return [place, { rule: "android-list-key", message, detail }];
}
