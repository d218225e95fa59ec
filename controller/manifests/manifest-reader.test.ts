import { expect, test } from "vitest";
import { createManifestReader } from "./manifest-reader.ts";

const group = (name: string) =>
  Buffer.from(`apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ${name}}
spec:
  selector: {match: {platform: ios}}
`);

test("a file is read again when its bytes change, and only then", () => {
  const read = createManifestReader();
  const first = read("group.yaml", group("phones"));

  expect(read("group.yaml", group("phones"))).toBe(first);
  expect(read("group.yaml", group("tablets")).manifests[0]?.subject).toBe("DeviceGroup/tablets");
  expect(read("other.yaml", group("phones")).manifests[0]?.file).toBe("other.yaml");
  expect(read("group.yaml", Buffer.from("{")).diagnostics).not.toEqual([]);
});
