import { Malformed } from "./fields.ts";
import { attempt, type Read } from "./ssh-key.ts";

/** A commit as Git stores it, taken apart (gitformat-commit, gitformat-signature). */
export interface CommitObject {
  readonly tree: string;
  readonly parents: readonly string[];
  /** As the headers say: claims. */
  readonly author: PersonLine;
  readonly committer: PersonLine;
  /** The armored signature; undefined for an unsigned commit. */
  readonly signature: string | undefined;
  /** What the signature is over: the object without the header that holds it. */
  readonly payload: Uint8Array;
}

export interface PersonLine {
  readonly name: string;
  readonly email: string;
  /** Epoch ms, as whoever made the commit said. */
  readonly at: number;
}

/** Larger ones are not looked at: a signed tag that was merged makes the largest, with some kilobytes. */
const largestCommit = 1 << 20;

/**
 * Takes a commit object apart. Refused is what Git itself would not write: headers out of order or twice, among them
 * a second signature; lines that belong to no header. `format` is that of the repository's object ids.
 */
export function parseCommit(object: Uint8Array, format: "sha1" | "sha256"): Read<CommitObject> {
  return attempt(() => {
    if (object.length > largestCommit) throw new Malformed("it is too large");
    const text = Buffer.from(object.buffer, object.byteOffset, object.byteLength).toString("latin1");
    const headers = splitHeaders(text);
    const [tree, parents, rest] = readLinks(headers, format === "sha1" ? 40 : 64);
    const [author, committer, ...others] = rest;
    if (author?.name !== "author" || committer?.name !== "committer")
      throw new Malformed("its author or committer is missing, or out of order");
    const own = format === "sha1" ? "gpgsig" : "gpgsig-sha256";
    const signature = signatureAmong(others, own);
    return {
      tree,
      parents,
      author: readPerson(author.value),
      committer: readPerson(committer.value),
      signature: signature?.value,
      payload: signature === undefined ? object : without(object, signature),
    };
  });
}

interface Header {
  readonly name: string;
  /** With the lines that continue it, each without its leading space. */
  readonly value: string;
  /** Where it begins and ends in the object. */
  readonly from: number;
  readonly to: number;
}

function splitHeaders(text: string): readonly Header[] {
  const end = text.indexOf("\n\n");
  if (end === -1) throw new Malformed("its headers do not end");
  const headers: Header[] = [];
  let at = 0;
  for (const line of text.slice(0, end).split("\n")) {
    const to = at + line.length + 1;
    const last = headers.at(-1);
    if (line.includes("\0")) throw new Malformed("a header of it holds a zero byte");
    if (line.startsWith(" ")) {
      if (last === undefined) throw new Malformed("it begins with a line that continues none");
      headers[headers.length - 1] = { ...last, value: `${last.value}\n${line.slice(1)}`, to };
    } else {
      const [, name = "", value = ""] = /^([A-Za-z][A-Za-z0-9:_-]{0,60}) (.*)$/s.exec(line) ?? [];
      if (name === "") throw new Malformed("a line of its headers is none");
      headers.push({ name, value, from: at, to });
    }
    at = to;
  }
  return headers;
}

function readLinks(headers: readonly Header[], length: number): [string, string[], readonly Header[]] {
  const [tree, ...rest] = headers;
  const end = rest.findIndex(({ name }) => name !== "parent");
  const parents = rest.slice(0, end === -1 ? rest.length : end).map(({ value }) => value);
  const isId = (id: string | undefined) => id !== undefined && id.length === length && /^[0-9a-f]+$/.test(id);
  if (tree?.name !== "tree" || !isId(tree.value)) throw new Malformed("it does not begin with its tree");
  if (!parents.every(isId) || new Set(parents).size < parents.length)
    throw new Malformed("a parent of it is none, or is there twice");
  return [tree.value, parents, rest.slice(parents.length)];
}

/** `encoding` and `mergetag` are Git's own; others are kept by some tools and are signed like everything else. */
function signatureAmong(headers: readonly Header[], own: string): Header | undefined {
  for (const { name } of headers) {
    if (["tree", "parent", "author", "committer"].includes(name))
      throw new Malformed(`it has a second header "${name}"`);
    if (name.startsWith("gpgsig") && name !== own)
      throw new Malformed(`its header "${name}" belongs to another sort of repository`);
  }
  for (const name of [own, "encoding"])
    if (headers.filter((header) => header.name === name).length > 1)
      throw new Malformed(name === own ? "it has two signatures" : `it has a second header "${name}"`);
  return headers.find(({ name }) => name === own);
}

function without(object: Uint8Array, { from, to }: Header): Uint8Array {
  return Buffer.concat([object.subarray(0, from), object.subarray(to)]);
}

/** `NAME <ADDRESS> SECONDS ZONE` */
function readPerson(value: string): PersonLine {
  const match = /^([^<>\n]*?) ?<([^<>\n]*)> (\d{1,12}) [+-]\d{4}$/.exec(value);
  if (match === null) throw new Malformed("its author or committer cannot be read");
  const [name = "", email = "", seconds = ""] = match.slice(1);
  const utf8 = (text: string): string => Buffer.from(text, "latin1").toString("utf8");
  return { name: utf8(name), email: utf8(email), at: Number(seconds) * 1000 };
}
