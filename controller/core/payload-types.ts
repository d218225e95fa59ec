/** Payload types that others refer to by certificate; installed first. */
export const certificateTypes: ReadonlySet<string> = new Set([
  "com.apple.security.root",
  "com.apple.security.pkcs1",
  "com.apple.security.pem",
  "com.apple.security.pkcs12",
  "com.apple.security.scep",
  "com.apple.security.acme",
]);

/** Payload types that obtain an identity from an authority each time the profile is installed. */
export const enrollingTypes: ReadonlySet<string> = new Set([
  "com.apple.security.scep",
  "com.apple.security.acme",
]);
