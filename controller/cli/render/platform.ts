const names: Readonly<Record<string, string>> = {
  ios: "iOS",
  ipados: "iPadOS",
  macos: "macOS",
  tvos: "tvOS",
  watchos: "watchOS",
  visionos: "visionOS",
  android: "Android",
};

/** `iPadOS`, `iOS/iPadOS`: platforms as their makers write them; what is not known stays as it is. */
export function platformName(platform: string | undefined): string {
  if (platform === undefined) return "unknown";
  return platform
    .split("/")
    .map((one) => names[one.toLowerCase()] ?? one)
    .join("/");
}
