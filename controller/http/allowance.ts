import { LRUCache } from "lru-cache";

/** How much strangers may ask, address by address. */
export interface Allowance {
  /** Takes one request from an address; undefined, or the seconds after which it may ask again. */
  readonly take: (address: string, now: number) => number | undefined;
  /** What it asked was refused: that counts as ten requests. */
  readonly refused: (address: string, now: number) => void;
}

/** More addresses than this are not remembered: the one that was heard least recently begins anew. */
const mostAddresses = 20_000;
const costOfRefusal = 10;
const minuteMs = 60_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket for each IPv4 address and each /64 of IPv6, which holds a minute's requests. This host is not counted:
 * behind a proxy of its own that nobody named, it is everybody.
 */
export function createAllowance(perMinute: number): Allowance {
  const buckets = new LRUCache<string, Bucket>({ max: mostAddresses });

  function bucketOf(address: string, now: number): Bucket | undefined {
    if (isThisHost(address)) return undefined;
    const key = networkOf(address);
    const bucket = buckets.get(key) ?? { tokens: perMinute, at: now };
    const passed = Math.max(0, now - bucket.at);
    bucket.tokens = Math.min(perMinute, bucket.tokens + (passed * perMinute) / minuteMs);
    bucket.at = now;
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    take(address, now) {
      const bucket = bucketOf(address, now);
      if (bucket === undefined) return undefined;
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 60) / perMinute);
      bucket.tokens -= 1;
      return undefined;
    },
    refused(address, now) {
      const bucket = bucketOf(address, now);
      if (bucket !== undefined) bucket.tokens = Math.max(-perMinute, bucket.tokens - (costOfRefusal - 1));
    },
  };
}

function isThisHost(address: string): boolean {
  return address === "" || address === "::1" || address.startsWith("127.");
}

/** One customer has a whole /64 of IPv6, and as many addresses in it as he likes. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const parts = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${parts
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
