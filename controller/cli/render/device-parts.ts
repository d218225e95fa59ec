/** The parts in which one device is shown. */
export const deviceParts = ["summary", "apps", "profiles", "certificates", "restrictions"] as const;
export type DevicePart = (typeof deviceParts)[number];
