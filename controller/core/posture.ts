/** What a device says of its encryption and its passcode; `unknown` is not `no`. */
export interface Posture {
  readonly encrypted: Answer;
  readonly passcode: Answer;
}

export type Answer = "yes" | "no" | "unknown";

/**
 * From what a device reported as its security: Apple's SecurityInfo (FDE_Enabled of Macs; HardwareEncryptionCaps 3 of
 * the others, both block and file level; PasscodePresent), or Google's deviceSettings (isEncrypted, isDeviceSecure;
 * Google's JSON leaves out what is false).
 */
export function postureOf(security: unknown): Posture {
  const told = recordOf(security);
  const google = recordOf(told?.deviceSettings);
  if (google !== undefined)
    return {
      encrypted: answer(google.isEncrypted === true),
      passcode: answer(google.isDeviceSecure === true),
    };
  return {
    encrypted: said(told?.FDE_Enabled) ?? hardware(told?.HardwareEncryptionCaps) ?? "unknown",
    passcode: said(told?.PasscodePresent) ?? "unknown",
  };
}

function said(value: unknown): Answer | undefined {
  return typeof value === "boolean" ? answer(value) : undefined;
}

function hardware(value: unknown): Answer | undefined {
  return typeof value === "number" ? answer(value === 3) : undefined;
}

function answer(value: boolean): Answer {
  return value ? "yes" : "no";
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
