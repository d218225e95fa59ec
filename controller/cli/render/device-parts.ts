/** The parts in which one device is shown. */
export const deviceParts = ["summary", "apps", "profiles", "certificates", "restrictions", "power"] as const;
export type DevicePart = (typeof deviceParts)[number];

/** Those that a device of a platform can have anything in. */
export const appleDeviceParts = ["summary", "apps", "profiles", "certificates", "restrictions"] as const;
export const androidDeviceParts = ["summary", "apps", "profiles", "power"] as const;
