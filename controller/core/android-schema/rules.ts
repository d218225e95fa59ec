import { appListRules, appRules } from "./app-rules.ts";
import { distantRules, partRules } from "./policy-rules.ts";
import { at, type Broken, type Fields, fields, isSet, list, type Rules, text, whole } from "./rule.ts";

/**
 * What must hold between the fields of one object, by its schema. Google's document says these in words only, in the
 * description of the schema or of the field; written by hand.
 */
const rules: Rules = {
  Policy: (value) => [...appListRules(value), ...passwordRules(value), ...distantRules(value)],
  PolicyEnforcementRule: enforcementRules,
  PersonalUsagePolicies: (value) => {
    const days = whole(value.maxDaysWithWorkOff);
    return days === undefined || days === 0 || days >= 3
      ? []
      : [at(["maxDaysWithWorkOff"], "work-off-days", "must be 0, or at least 3")];
  },
  PasswordRequirements: (value) =>
    isSet(value.unifiedLockSettings) && value.passwordScope !== "SCOPE_PROFILE"
      ? [at(["unifiedLockSettings"], "unified-lock-scope", "needs passwordScope SCOPE_PROFILE")]
      : [],
  PrivateDnsSettings: (value) => {
    const isHost = value.privateDnsMode === "PRIVATE_DNS_SPECIFIED_HOST";
    if (isHost === (text(value.privateDnsHost) !== "")) return [];
    const says = isHost
      ? "is missing: privateDnsMode asks for it"
      : "needs privateDnsMode PRIVATE_DNS_SPECIFIED_HOST";
    return [incomplete(["privateDnsHost"], "private-dns-host", says)];
  },
  ScreenTimeoutSettings: (value) =>
    /^-|^0*(\.0*)?s$/.test(text(value.screenTimeout))
      ? [at(["screenTimeout"], "screen-timeout", "must be longer than nothing")]
      : value.screenTimeout === undefined || value.screenTimeoutMode === "SCREEN_TIMEOUT_ENFORCED"
        ? []
        : [
            incomplete(
              ["screenTimeout"],
              "screen-timeout-mode",
              "needs screenTimeoutMode SCREEN_TIMEOUT_ENFORCED",
            ),
          ],
  ScreenBrightnessSettings: (value) =>
    (whole(value.screenBrightness) ?? 0) === 0 ||
    ["BRIGHTNESS_AUTOMATIC", "BRIGHTNESS_FIXED"].includes(text(value.screenBrightnessMode))
      ? []
      : [
          incomplete(
            ["screenBrightness"],
            "screen-brightness-mode",
            "needs screenBrightnessMode BRIGHTNESS_AUTOMATIC or BRIGHTNESS_FIXED",
          ),
        ],
  WifiSsidPolicy: (value) => {
    const type = text(value.wifiSsidPolicyType);
    const isFilled = list(value.wifiSsids).length > 0;
    if (type === "WIFI_SSID_ALLOWLIST" && !isFilled)
      return [incomplete(["wifiSsids"], "empty-allowlist", "must not be empty with WIFI_SSID_ALLOWLIST")];
    // Whoever names networks says what they are named for: beside it, as another profile's may be the other list.
    const says = "needs wifiSsidPolicyType WIFI_SSID_ALLOWLIST or WIFI_SSID_DENYLIST beside it";
    const isOpen = type === "" || type.endsWith("_UNSPECIFIED");
    return isFilled && isOpen ? [at(["wifiSsids"], "ssids-without-type", says)] : [];
  },
  CrossProfilePolicies: (value) =>
    isSet(value.exemptionsToShowWorkContactsInPersonalProfile) &&
    !isSet(value.showWorkContactsInPersonalProfile)
      ? [
          incomplete(
            ["exemptionsToShowWorkContactsInPersonalProfile"],
            "contacts-exemptions",
            "needs showWorkContactsInPersonalProfile",
          ),
        ]
      : [],
  UserFacingMessage: (value) => {
    const localized = Object.entries(fields(value.localizedMessages));
    const long = localized
      .filter(([, message]) => [...text(message)].length > 4_096)
      .map(([locale]) =>
        at(["localizedMessages", locale], "message-length", "must have 4096 characters at most"),
      );
    if (localized.length === 0 || text(value.defaultMessage) !== "") return long;
    return [...long, at(["defaultMessage"], "default-message", "is missing: there are localizedMessages")];
  },
  StartLostModeParams: (value) =>
    Object.keys(value).some((key) => key !== "lostOrganization" && isSet(value[key]))
      ? []
      : [at([], "lost-mode-text", "needs one more field than lostOrganization")],
  WipeParams: (value) => {
    const reason = fields(value.wipeReason);
    const texts = [reason.defaultMessage, ...Object.values(fields(reason.localizedMessages))];
    return texts.some((one) => [...text(one)].length > 200)
      ? [at(["wipeReason"], "wipe-reason-length", "must have 200 characters at most")]
      : [];
  },
  GoogleAuthenticationOptions: (value) =>
    isSet(value.requiredAccountEmail) && value.authenticationRequirement !== "REQUIRED"
      ? [at(["requiredAccountEmail"], "account-email", "needs authenticationRequirement REQUIRED")]
      : [],
  EnrollmentToken: (value) => {
    const seconds = /^(\d+)(?:\.\d+)?s$/.exec(text(value.duration))?.[1];
    return value.duration === undefined || Number(seconds ?? 0) >= 60
      ? []
      : [at(["duration"], "token-duration", "must be 60s at least")];
  },
  ...appRules,
  ...partRules,
};

/** What an object of a schema breaks; fields of a wrong type break nothing here. */
export function brokenRules(schema: string, value: Fields): readonly Broken[] {
  return (Object.hasOwn(rules, schema) ? rules[schema]?.(value) : undefined) ?? [];
}

/** All schemas that have rules. */
export function ruledSchemas(): readonly string[] {
  return Object.keys(rules);
}

function enforcementRules(value: Fields): readonly Broken[] {
  const block = whole(fields(value.blockAction).blockAfterDays);
  const wipe = whole(fields(value.wipeAction).wipeAfterDays);
  if (!isSet(value.blockAction) || !isSet(value.wipeAction))
    return [at([], "block-and-wipe", "must have a block action and a wipe action")];
  // Without a number of days it is 0, as everywhere in protocol buffers.
  if ((block ?? 0) < (wipe ?? 0)) return [];
  return [at(["wipeAction", "wipeAfterDays"], "wipe-after-block", "must be greater than blockAfterDays")];
}

/** What the older passwordRequirements does not take. */
function passwordRules(value: Fields): readonly Broken[] {
  const old = fields(value.passwordRequirements);
  const fault = (field: string, says: string): Broken =>
    at(["passwordRequirements", field], "old-password", says);
  return [
    ...(isSet(old.requirePasswordUnlock) ? [fault("requirePasswordUnlock", "cannot be set here")] : []),
    ...(isSet(old.unifiedLockSettings) ? [fault("unifiedLockSettings", "cannot be set here")] : []),
    ...(text(old.passwordQuality).startsWith("COMPLEXITY_")
      ? [fault("passwordQuality", "takes complexities in passwordPolicies only")]
      : []),
  ];
}

function incomplete(path: readonly (string | number)[], rule: string, says: string): Broken {
  return { ...at(path, rule, says), isIncomplete: true };
}
