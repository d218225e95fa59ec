import { digestOf } from "./canonical.ts";
import type { TypedContent } from "./compile-needs.ts";

/** What an item touches on a device beside its settings: what the risk of changing it follows from (risk.ts). */
export interface Effects {
  /** What its user sees of a change, as the end of a sentence. */
  readonly disrupts?: string;
  /**
   * It is a way into the network; the digest tells whether another content changes that part. `maybe`: nobody can read
   * whether it is one, so it may be missed when it goes, and saves no device from being cut off. `guids` are those of
   * Android, which has one network of each, whatever item says it.
   */
  readonly network?: {
    readonly over: "local" | "cellular";
    readonly digest: string;
    readonly maybe?: true;
    readonly guids?: readonly string[];
  };
  /** It holds certificates that others are trusted by; the digest is of these. */
  readonly trust?: string;
  /** It lets a device erase itself later. */
  readonly arms?: true;
}

/**
 * Payloads and declarations of which Apple's schema says that the device restarts or its user is asked (profiles and
 * declarations of the same names, and the settings guide for the passcode).
 */
const disruptive: Readonly<Record<string, string>> = {
  "com.apple.app.lock": "the device goes into one app, or out of it",
  "com.apple.mobiledevice.passwordpolicy": "its user is asked for another passcode",
  "com.apple.configuration.passcode.settings": "its user is asked for another passcode",
  "com.apple.configuration.softwareupdate.enforcement.specific": "the device restarts",
  "com.apple.configuration.legacy.interactive": "its user is asked to install it",
  "com.apple.configuration.app.managed": "its user may be asked, and an app that runs is closed",
  "com.apple.MCX.FileVault2": "its user is asked when he logs in or out",
  "com.apple.security.smartcard": "the device has to restart",
  "com.apple.syspolicy.kernel-extension-policy": "the device has to restart",
  "com.apple.mail.managed": asksForAccount(),
  "com.apple.eas.account": asksForAccount(),
  "com.apple.ews.account": asksForAccount(),
  "com.apple.caldav.account": asksForAccount(),
  "com.apple.carddav.account": asksForAccount(),
  "com.apple.ldap.account": asksForAccount(),
  "com.apple.subscribedcalendar.account": asksForAccount(),
  "com.apple.google-oauth": asksForAccount(),
  "com.apple.configuration.account.mail": asksForAccount(),
  "com.apple.configuration.account.exchange": asksForAccount(),
  "com.apple.configuration.account.caldav": asksForAccount(),
  "com.apple.configuration.account.carddav": asksForAccount(),
  "com.apple.configuration.account.ldap": asksForAccount(),
  "com.apple.configuration.account.subscribed-calendar": asksForAccount(),
  "com.apple.configuration.account.google": asksForAccount(),
};

function asksForAccount(): string {
  return "its user is asked for the password of an account";
}

const local = /^com\.apple\.(wifi\.managed|(first|second|third|global)(active)?ethernet\.managed)$/;
const cellular = /^com\.apple\.(cellular|apn\.managed|cellularprivatenetwork\.managed)$/;
const trusted =
  /^com\.apple\.(security\.(root|pem|pkcs1)|asset\.credential\.certificate|configuration\.security\.certificate)$/;

/**
 * What payloads and declarations touch. `marks` stand for values that they do not show, such as secrets. A file that
 * nobody but the device can read may touch everything.
 */
export function appleEffects(contents: readonly TypedContent[], marks: readonly string[] = []): Effects {
  const first = contents.find(({ type }) => Object.hasOwn(disruptive, type));
  const disrupts = first && disruptive[first.type];
  const over = (pattern: RegExp): readonly TypedContent[] =>
    contents.filter(({ type }) => pattern.test(type));
  const [near, far, certificates] = [over(local), over(cellular), over(trusted)];
  const links = near.length > 0 ? near : far;
  return {
    ...(disrupts === undefined ? {} : { disrupts }),
    ...(links.length === 0
      ? {}
      : {
          network: {
            over: near.length > 0 ? ("local" as const) : ("cellular" as const),
            digest: digestOf([links, marks]),
          },
        }),
    ...(certificates.length === 0 ? {} : { trust: digestOf([certificates, marks]) }),
  };
}

/** What a profile touches. Of a payload that cannot be read its type is known; of a file that says nothing, nothing. */
export function profileEffects(
  { types, payloads }: { readonly types: readonly string[]; readonly payloads: readonly TypedContent[] },
  uuid: string,
  marks: readonly string[],
): { readonly effects?: Effects } {
  if (types.length === 0)
    return {
      effects: {
        disrupts: "nobody knows what is in it",
        network: { over: "local", digest: uuid, maybe: true },
        trust: uuid,
      },
    };
  const known = payloads.length > 0 ? payloads : types.map((type) => ({ type, content: { uuid } }));
  const effects = appleEffects(known, marks);
  return Object.keys(effects).length === 0 ? {} : { effects };
}

/**
 * Settings of an Android policy that restart the device, ask its user or change what is on the screen (Google's reference:
 * enterprises.policies). What stays away keeps the order: the first that is found is told.
 */
const androidDisruptive: Readonly<Record<string, string>> = {
  systemUpdate: "the device may restart for an update of its system",
  minimumApiLevel: "its user is asked to update the system",
  passwordRequirements: "its user is asked for another passcode",
  passwordPolicies: "its user is asked for another passcode",
  encryptionPolicy: "its user is asked, and the device may restart",
  kioskCustomLauncherEnabled: "another launcher takes the screen",
  kioskCustomization: "what its user can do on the screen changes",
  alwaysOnVpnPackage: "its connections are cut",
};

interface OpenNetworks {
  readonly NetworkConfigurations?: unknown;
  readonly Certificates?: unknown;
}

/** What a fragment of an Android policy touches. */
export function androidEffects(
  policy: Readonly<Record<string, unknown>>,
  { arms, mark }: { readonly arms: boolean; readonly mark?: string | undefined },
): Effects {
  const [found] = Object.entries(androidDisruptive).filter(([key]) => policy[key] !== undefined);
  const { openNetworkConfiguration: links } = policy;
  const { NetworkConfigurations: networks, Certificates: certificates } = (links ?? {}) as OpenNetworks;
  // Neither certificates alone nor an empty list connect a device; what nobody can read as a list may.
  const isUnread = networks === undefined ? typeof links !== "object" : !Array.isArray(networks);
  const isLink = links !== undefined && (isUnread || (Array.isArray(networks) && networks.length > 0));
  const link = { over: "local" as const, digest: digestOf([links, mark ?? ""]), ...guidsOf(networks) };
  return {
    ...(found === undefined ? {} : { disrupts: found[1] }),
    ...(isLink ? { network: isUnread ? { ...link, maybe: true as const } : link } : {}),
    ...(certificates === undefined ? {} : { trust: digestOf([certificates, mark ?? ""]) }),
    ...(arms ? { arms: true as const } : {}),
  };
}

function guidsOf(networks: unknown): { readonly guids?: readonly string[] } {
  const found = Array.isArray(networks) ? networks : [];
  const guids = found.flatMap((one) => (typeof one?.GUID === "string" ? [one.GUID] : []));
  return guids.length === 0 ? {} : { guids };
}

/** Both together; undefined when nothing is touched. */
export function mergeEffects(...all: readonly (Effects | undefined)[]): Effects | undefined {
  const found = all.filter((one) => one !== undefined);
  const merged = Object.assign({}, ...[...found].reverse());
  const digests = found.flatMap(({ network }) => network?.digest ?? []);
  const trusts = found.flatMap(({ trust }) => trust ?? []);
  if (Object.keys(merged).length === 0) return undefined;
  return {
    ...merged,
    ...(digests.length > 1 ? { network: { ...merged.network, digest: digestOf(digests) } } : {}),
    ...(trusts.length > 1 ? { trust: digestOf(trusts) } : {}),
  };
}
