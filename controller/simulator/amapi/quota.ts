/** A bucket of requests that refills steadily. */
export type Quota = {
  /** Takes one request out of the bucket of a project; false when it is empty. */
  take(project: string): boolean;
};

export function openQuota(now: () => number, limit: () => { requests: number; perMs: number }): Quota {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(project) {
      const { requests, perMs } = limit();
      const bucket = buckets.get(project) ?? { left: requests, at: now() };
      buckets.set(project, bucket);
      bucket.left = Math.min(requests, bucket.left + ((now() - bucket.at) * requests) / perMs);
      bucket.at = now();
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
  };
}
