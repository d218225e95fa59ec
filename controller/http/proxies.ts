import { X509Certificate } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { UserError } from "../errors.ts";

/** The proxies that may say who is behind them. */
export interface Proxies {
  readonly trusts: (address: string) => boolean;
}

/** From networks such as `10.0.0.0/8`; none by default. `UserError` for what is no network. */
export function parseProxies(networks: readonly string[]): Proxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address);
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) {
      throw new UserError("trusted-proxies", `"${network}" is not a network such as 10.0.0.0/8`);
    }
    list.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  }
  return {
    trusts(address) {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
    },
  };
}

/** An address as networks are written: IPv4 inside IPv6 (`::ffff:10.0.0.1`) as IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

/** The client behind trusted proxies: the last address of `X-Forwarded-For` that is not one of them. */
export function clientAddress(peer: string, forwarded: string | undefined, proxies: Proxies): string {
  let client = peer;
  for (const hop of (forwarded ?? "").split(",").slice(-20).reverse()) {
    const address = plainAddress(hop.trim());
    if (!proxies.trusts(client) || isIP(address) === 0) break;
    client = address;
  }
  return client;
}

/**
 * A client certificate in a header: RFC 9440 (`:BASE64:`) or a URL-escaped PEM, as nginx's
 * `$ssl_client_escaped_cert` gives it. Undefined for anything else.
 */
export function certificateOf(header: string | undefined): X509Certificate | undefined {
  if (header === undefined || header.length > 16_384) return undefined;
  try {
    const structured = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(header);
    if (structured !== null) return new X509Certificate(Buffer.from(structured[1] ?? "", "base64"));
    const pem = decodeURIComponent(header);
    return pem.startsWith("-----BEGIN CERTIFICATE-----") ? new X509Certificate(pem) : undefined;
  } catch {
    return undefined;
  }
}
