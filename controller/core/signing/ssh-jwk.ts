import type { SshKey } from "./ssh-key.ts";

/** A public key of SSH as RFC 7517 writes it, for whatever verifies with it. */
export function sshJwk(key: SshKey): Readonly<Record<string, string>> {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  switch (key.type) {
    case "ed25519":
      return { kty: "OKP", crv: "Ed25519", x: text(key.point) };
    case "rsa":
      return { kty: "RSA", n: text(key.modulus), e: text(key.exponent) };
    case "ecdsa": {
      const size = (key.point.length - 1) / 2;
      const [x, y] = [key.point.subarray(1, 1 + size), key.point.subarray(1 + size)];
      return { kty: "EC", crv: key.curve, x: text(x), y: text(y) };
    }
  }
}
