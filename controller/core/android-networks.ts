import type { Fields } from "./android-policy/leaves.ts";
import type { Expressed, Inexpressible, PolicyPart, SettingPath } from "./android-settings.ts";
import { canonical, uuidFrom } from "./canonical.ts";
import type { Certificate, Settings, WifiNetwork } from "./generated/manifest.ts";

type Eap = NonNullable<WifiNetwork["eap"]>;

/**
 * Networks and certificates as an Open Network Configuration, as far as Android Management takes it (Google's guide
 * "Configure networks"; Chromium's specification of ONC). A network's GUID follows its name, so that one profile can
 * take the place of another's; that of a certificate follows what it is, so that none takes the place of another.
 */
export function androidNetworks(
  { wifi = [], certificates = [] }: Settings,
  fileOf: (path: string) => Uint8Array | undefined,
): Expressed {
  const networks = wifi.map((network, index) => networkPart(network, index, certificates));
  const found = certificates.map((one, index) => certificatePart(one, index, fileOf));
  return {
    parts: [...networks.flatMap((one) => one.part ?? []), ...found.flatMap((one) => one.part ?? [])],
    inexpressible: [...networks.flatMap((one) => one.lacks), ...found.flatMap((one) => one.lacks)],
  };
}

const namespace = "reeve/onc";

function networkPart(
  network: WifiNetwork,
  index: number,
  certificates: readonly Certificate[],
): { readonly part?: PolicyPart; readonly lacks: readonly Inexpressible[] } {
  const at = ["settings", "wifi", index];
  const { eap, randomMac } = network;
  const lacks = eap === undefined ? [] : eapLacks(eap, at, certificates);
  if (eap !== undefined && !canJoin(eap, certificates)) return { lacks };
  const wifi = defined({
    SSID: network.ssid,
    // A network with a password takes WPA3 where the device and the network have it.
    Security: { none: "None", wpa2: "WPA-PSK", wpa3: "WPA-PSK", enterprise: "WPA-EAP" }[
      network.security ?? "wpa2"
    ],
    Passphrase: network.password,
    HiddenSSID: network.hidden ?? false,
    AutoConnect: network.autoJoin ?? true,
    MACAddressRandomizationMode: randomMac === undefined ? undefined : randomMac ? "Automatic" : "Hardware",
    EAP: eap === undefined ? undefined : eapFields(eap, certificates),
  });
  const configuration = {
    GUID: uuidFrom(namespace, `wifi ${network.ssid}`),
    Name: network.ssid,
    Type: "WiFi",
    WiFi: wifi,
  };
  // The device decides by itself until Android 13.
  const need = randomMac === false ? { need: { since: "13" } } : {};
  return {
    part: {
      at,
      policy: { openNetworkConfiguration: { ...plain, NetworkConfigurations: [configuration] } },
      ...need,
    },
    lacks,
  };
}

const plain = { Type: "UnencryptedConfiguration" };
const outer = { TLS: "EAP-TLS", TTLS: "EAP-TTLS", PEAP: "PEAP" } as const;

function eapFields(eap: Eap, certificates: readonly Certificate[]): Fields {
  const [method = "TLS"] = eap.types;
  const [identity] = named(certificates, eap.identity === undefined ? [] : [eap.identity]);
  const client =
    identity === undefined || isLocked(identity)
      ? {}
      : { ClientCertType: "Ref", ClientCertRef: guidOf(identity) };
  const trusted = named(certificates, eap.trustedCertificates ?? []).map(guidOf);
  return defined({
    Outer: outer[method],
    Inner: method === "TLS" ? undefined : "MSCHAPv2",
    Identity: eap.username,
    AnonymousIdentity: eap.outerIdentity,
    Password: eap.password,
    ServerCARefs: trusted.length === 0 ? undefined : trusted,
    DomainSuffixMatch: eap.trustedServers,
    ...client,
  });
}

/** What Android would refuse, or could never join, is left out. */
function canJoin(eap: Eap, certificates: readonly Certificate[]): boolean {
  const [identity] = named(certificates, eap.identity === undefined ? [] : [eap.identity]);
  return !isUntrusting(eap) && !(eap.types[0] === "TLS" && identity !== undefined && isLocked(identity));
}

/** A network that does not say whom to trust is refused by Android. */
function isUntrusting({ trustedCertificates = [], trustedServers = [] }: Eap): boolean {
  return trustedCertificates.length === 0 || trustedServers.length === 0;
}

function eapLacks(eap: Eap, at: SettingPath, certificates: readonly Certificate[]): readonly Inexpressible[] {
  const [first, ...others] = eap.types;
  const refused = "Android joins no 802.1X network without trustedCertificates and trustedServers";
  const [identity] = named(certificates, eap.identity === undefined ? [] : [eap.identity]);
  return [
    ...(isUntrusting(eap) ? [{ at: [...at, "eap"], reason: refused }] : []),
    ...(others.length > 0
      ? [{ at: [...at, "eap", "types"], reason: `Android offers one method, which is ${first} here` }]
      : []),
    ...(identity !== undefined && isLocked(identity)
      ? [{ at: [...at, "eap", "identity"], reason: locked }]
      : []),
  ];
}

const locked = 'Android takes an identity only without a password: PKCS #12 data made so, and password: ""';

function isLocked({ type, password }: Certificate): boolean {
  return type === "identity" && password !== "";
}

function certificatePart(
  certificate: Certificate,
  index: number,
  fileOf: (path: string) => Uint8Array | undefined,
): { readonly part?: PolicyPart; readonly lacks: readonly Inexpressible[] } {
  const at = ["settings", "certificates", index];
  if (isLocked(certificate)) return { lacks: [{ at, reason: locked }] };
  const bytes = certificate.file === undefined ? undefined : fileOf(certificate.file);
  const data = bytes === undefined ? base64Of(certificate.content ?? "") : base64OfFile(bytes);
  const isIdentity = certificate.type === "identity";
  const content = isIdentity ? { Type: "Client", PKCS12: data } : { Type: "Authority", X509: data };
  const entry = { GUID: guidOf(certificate), ...content };
  return {
    part: { at, policy: { openNetworkConfiguration: { ...plain, Certificates: [entry] } } },
    lacks: [],
  };
}

function guidOf(certificate: Certificate): string {
  return uuidFrom(namespace, `certificate ${canonical(certificate)}`);
}

function base64OfFile(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  return text.includes("-----BEGIN") ? base64Of(text) : Buffer.from(bytes).toString("base64");
}

/** The data of PEM text; base64, and what is still to be put in, stays as it is. */
function base64Of(text: string): string {
  const data = /-----BEGIN [A-Z0-9 ]{1,40}-----([^-]*)-----END/.exec(text)?.[1];
  return (data ?? text).replace(data === undefined ? /^\s+|\s+$/g : /\s+/g, "");
}

function named(certificates: readonly Certificate[], names: readonly string[]): readonly Certificate[] {
  return names.flatMap((name) => certificates.filter((one) => one.name === name));
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
