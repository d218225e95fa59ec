import type { Certificate, WifiNetwork } from "./generated/manifest.ts";

/** The inner UUID of the payload that a certificate of the same `settings` block becomes. */
export type CertificateUuid = (certificate: Certificate) => string;

const encryptionTypes = { none: "None", wpa2: "WPA2", wpa3: "WPA3", enterprise: "WPA2" } as const;

/** The content of a com.apple.wifi.managed payload (Apple's schema: com.apple.wifi.managed). */
export function wifiContent(
  network: WifiNetwork,
  certificates: readonly Certificate[],
  uuidOf: CertificateUuid,
): Readonly<Record<string, unknown>> {
  const enterprise = network.security === "enterprise" ? network.eap : undefined;
  return defined({
    SSID_STR: network.ssid,
    EncryptionType: encryptionTypes[network.security ?? "wpa2"],
    Password: network.password,
    HIDDEN_NETWORK: network.hidden ?? false,
    AutoJoin: network.autoJoin ?? true,
    DisableAssociationMACRandomization: network.randomMac === undefined ? undefined : !network.randomMac,
    ...(enterprise === undefined ? {} : enterpriseContent(enterprise, certificates, uuidOf)),
  });
}

/** EAP method numbers, as AcceptEAPTypes wants them. */
const eapTypes = { TLS: 13, TTLS: 21, PEAP: 25 } as const;

/** What is trusted is named, so that no user is asked whether a network is the right one. */
function enterpriseContent(
  eap: NonNullable<WifiNetwork["eap"]>,
  certificates: readonly Certificate[],
  uuidOf: CertificateUuid,
): Readonly<Record<string, unknown>> {
  const uuidsOf = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => certificates.filter((one) => one.name === name).map(uuidOf));
  const anchors = uuidsOf(eap.trustedCertificates ?? []);
  const servers = eap.trustedServers ?? [];
  return {
    PayloadCertificateUUID: eap.identity === undefined ? undefined : uuidsOf([eap.identity])[0],
    EAPClientConfiguration: defined({
      AcceptEAPTypes: eap.types.map((type) => eapTypes[type]),
      UserName: eap.username,
      UserPassword: eap.password,
      OuterIdentity: eap.outerIdentity,
      PayloadCertificateAnchorUUID: anchors.length === 0 ? undefined : anchors,
      TLSTrustedServerNames: servers.length === 0 ? undefined : servers,
    }),
  };
}

function defined(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
}
