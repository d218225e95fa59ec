import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRef } from "./mirror.ts";
import { isRefName, parseRemote, withoutCredentials } from "./remote.ts";

describe("addresses", () => {
  test.each([
    ["https://git.example/acme/policies.git", "https", "https://git.example/acme/policies.git"],
    ["https://bot:tok@git.example/p.git", "https", "https://git.example/p.git"],
    ["http://127.0.0.1:8080/p.git", "http", "http://127.0.0.1:8080/p.git"],
    ["ssh://git@git.example:2222/p.git", "ssh", "ssh://git@git.example:2222/p.git"],
    ["ssh://git.example/p.git", "ssh", "ssh://git@git.example/p.git"],
    ["git@git.example:acme/p.git", "ssh", "git@git.example:acme/p.git"],
  ])("%s is taken", (text, protocol, url) => {
    expect(parseRemote(text, {})).toMatchObject({ protocol, url });
  });

  test.each([
    "",
    "-oProxyCommand=touch /tmp/x",
    "--upload-pack=touch",
    "ext::sh -c touch% /tmp/x",
    "EXT::sh",
    "fd::17/foo",
    "file:///srv/policies.git",
    "/srv/policies.git",
    "./policies",
    "http://git.example/p.git",
    "ftp://git.example/p.git",
    "git://git.example/p.git",
    "ssh://-oProxyCommand=x/p.git",
    "ssh://git@-oProxyCommand=x/p.git",
    "-x@host:path",
    "git@-host:path",
    "git@host:-path",
    "ssh://git:password@git.example/p.git",
    "https://git.example/p.git?private_token=canary",
    "https://git.example/p.git#canary",
    "https://",
    "https://git.example/p.git\nhost",
    "javascript:alert(1)",
  ])("%j is refused", (text) => {
    expect(() => parseRemote(text, {})).toThrow(expect.objectContaining({ name: "UserError" }));
  });

  test("a refusal never repeats the address", () => {
    try {
      parseRemote("https://bot:canary@git.example/p.git?x=canary", {});
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain("canary");
    }
  });

  test("local paths become file URLs when they are allowed", () => {
    expect(parseRemote("/srv/my policies", { file: true }).url).toBe("file:///srv/my%20policies");
    expect(parseRemote("file:///srv/p.git", { file: true }).url).toBe("file:///srv/p.git");
    expect(() => parseRemote("file://host/p.git", { file: true })).toThrow("no host");
  });

  test("whatever an address holds as credentials does not come back in a message", () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9/+=@: %]{6,30}$/);
    fc.assert(
      fc.property(word, word, (user, password) => {
        const secret = `Q${password}Q`;
        const url = `https://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@git.example/p.git`;
        const remote = parseRemote(url, {});
        const said = withoutCredentials(`fatal: ${url} ${secret} ${encodeURIComponent(secret)}`, remote);
        expect(remote.url).toBe("https://git.example/p.git");
        expect(said).not.toContain(secret);
        expect(said).not.toContain(encodeURIComponent(secret));
      }),
      { seed: 20_261_126 },
    );
  });
});

describe("refs", () => {
  test.each(["main", "release/1.2", "feature/Ü-1", "v1.0.0", "a@b"])("%s is a name", (name) => {
    expect(isRefName(name)).toBe(true);
  });

  test.each([
    "",
    "-d",
    "--upload-pack=x",
    "a..b",
    "a b",
    "a~1",
    "a^{}",
    "a:b",
    "a*",
    "@",
    "a@{1}",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.",
    "a\\b",
    "a\n",
  ])("%j is not", (name) => {
    expect(isRefName(name)).toBe(false);
    expect(() => parseRef({ branch: name })).toThrow("source.branch");
    expect(() => parseRef({ tag: name })).toThrow(expect.objectContaining({ code: "source-ref" }));
  });

  test("a commit is given in full", () => {
    expect(parseRef({ branch: "main", commit: "a".repeat(40) })).toEqual({
      type: "commit",
      id: "a".repeat(40),
    });
    expect(() => parseRef({ commit: "abc123" })).toThrow("full commit id");
  });
});
