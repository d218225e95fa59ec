import {
  asFields,
  type Broken,
  type Condition,
  contradiction,
  fieldsAt,
  listAt,
  needs,
  notBoth,
  oneOf,
} from "./apple-condition.ts";
import type { Fields } from "./apple-parts.ts";

type Path = readonly (string | number)[];

const manualProxy = (content: Fields): readonly Broken[] =>
  content.ProxyType === "Manual"
    ? needs(content, "ProxyType Manual", ["ProxyServer", "ProxyServerPort"])
    : [];

/** Names of the dictionary that a kind of VPN is described in. */
const vpnDictionaries = ["IKEv2", "IPSec", "AlwaysOn", "TransparentProxy", "VPN"];

/** Rules that the schema tells only in its prose. */
export const conditions: readonly Condition[] = [
  {
    type: "com.apple.security.acme",
    source: "com.apple.security.acme",
    holds: ({ KeyType: type, KeySize: size, HardwareBound: bound, Attest: attest }) => [
      ...(bound === true && type === "RSA"
        ? [contradiction(["KeyType"], "a key that is bound to hardware is ECSECPrimeRandom")]
        : []),
      ...(bound === true && type !== "RSA" && ![256, 384, undefined].includes(size as number)
        ? [contradiction(["KeySize"], "a key that is bound to hardware has 256 or 384 bits")]
        : []),
      ...(attest === true && bound !== true
        ? [contradiction(["Attest"], "a key is attested only when HardwareBound is true")]
        : []),
      ...(type === "RSA" && typeof size === "number" && (size < 1024 || size > 4096 || size % 8 !== 0)
        ? [contradiction(["KeySize"], "an RSA key has 1024 to 4096 bits, in steps of 8")]
        : []),
    ],
  },
  {
    type: "com.apple.security.scep",
    source: "com.apple.security.scep",
    holds(content) {
      const { "Key Usage": usage, "Key Type": type } = fieldsAt(content, "PayloadContent");
      return [
        ...(typeof usage === "number" && ![0, 1, 4, 5].includes(usage)
          ? [
              contradiction(
                ["PayloadContent", "Key Usage"],
                "Key Usage is 0, 1 (signing), 4 (encryption) or 5",
              ),
            ]
          : []),
        ...(typeof type === "string" && type !== "RSA"
          ? [contradiction(["PayloadContent", "Key Type"], "SCEP has RSA keys only")]
          : []),
      ];
    },
  },
  {
    type: "com.apple.wifi.managed",
    source: "com.apple.wifi.managed",
    holds(content) {
      const eap = fieldsAt(content, "EAPClientConfiguration");
      const base = ["EAPClientConfiguration"];
      const isTls = listAt(eap, "AcceptEAPTypes").includes(13);
      return [
        ...oneOf(content, ["SSID_STR", "DomainName"]),
        ...manualProxy(content),
        ...(isTls ? needs(content, "EAP-TLS", ["PayloadCertificateUUID"]) : []),
        ...(eap.TLSMinimumVersion === "1.3"
          ? needs(eap, "TLSMinimumVersion 1.3", ["TLSMaximumVersion"], base)
          : []),
        ...(String(eap.TLSMinimumVersion ?? "") > String(eap.TLSMaximumVersion ?? "9")
          ? [contradiction([...base, "TLSMaximumVersion"], "TLSMaximumVersion is below TLSMinimumVersion")]
          : []),
        ...(content.EncryptionType === "None" ? notWithout(content) : []),
      ];
    },
  },
  { type: "com.apple.proxy.http.global", source: "com.apple.proxy.http.global", holds: proxyProblems },
  {
    type: "com.apple.applicationaccess",
    source: "com.apple.applicationaccess",
    holds: (content) => [
      ...notBoth(content, ["allowListedAppBundleIDs", "blockedAppBundleIDs"]),
      ...notBoth(content, ["allowListedAppBundleIDs", "whitelistedAppBundleIDs"]),
      ...notBoth(content, ["blockedAppBundleIDs", "blacklistedAppBundleIDs"]),
    ],
  },
  {
    type: "com.apple.TCC.configuration-profile-policy",
    source: "com.apple.TCC.configuration-profile-policy",
    holds: (content) =>
      Object.keys(fieldsAt(content, "Services")).flatMap((service) =>
        listAt(fieldsAt(content, "Services"), service).flatMap((one, index) => {
          const base = ["Services", service, index];
          const keys = ["Allowed", "Authorization"] as const;
          return [...oneOf(asFields(one), keys, base), ...notBoth(asFields(one), keys, base)];
        }),
      ),
  },
  {
    type: "com.apple.relay.managed",
    source: "com.apple.relay.managed",
    holds: (content) =>
      listAt(content, "Relays").flatMap((one, index) =>
        oneOf(asFields(one), ["HTTP2RelayURL", "HTTP3RelayURL"], ["Relays", index]),
      ),
  },
  {
    type: "com.apple.dnsSettings.managed",
    source: "com.apple.dnsSettings.managed",
    holds(content) {
      const dns = fieldsAt(content, "DNSSettings");
      if (dns.DNSProtocol === "HTTPS") return needs(dns, "DNSProtocol HTTPS", ["ServerURL"], ["DNSSettings"]);
      return dns.DNSProtocol === "TLS" ? needs(dns, "DNSProtocol TLS", ["ServerName"], ["DNSSettings"]) : [];
    },
  },
  {
    type: "com.apple.webcontent-filter",
    source: "com.apple.webcontent-filter",
    holds: (content) =>
      content.FilterType !== "Plugin"
        ? []
        : [
            ...needs(content, "FilterType Plugin", ["UserDefinedName", "PluginBundleID"]),
            ...(content.FilterSockets === true
              ? needs(content, "FilterSockets", [
                  "FilterDataProviderBundleIdentifier",
                  "FilterDataProviderDesignatedRequirement",
                ])
              : []),
            ...(content.FilterPackets === true
              ? needs(content, "FilterPackets", [
                  "FilterPacketProviderBundleIdentifier",
                  "FilterPacketProviderDesignatedRequirement",
                ])
              : []),
          ],
  },
  {
    type: "com.apple.familycontrols.contentfilter",
    source: "com.apple.familycontrols.contentfilter",
    holds: (content) =>
      content.whiteListEnabled === true ? needs(content, "whiteListEnabled", ["siteWhitelist"]) : [],
  },
  {
    type: "com.apple.airplay.security",
    source: "com.apple.airplay.security",
    holds: (content) =>
      content.SecurityType === "PASSWORD" ? needs(content, "SecurityType PASSWORD", ["Password"]) : [],
  },
  {
    type: "com.apple.configurationprofile.identification",
    source: "com.apple.configurationprofile.identification",
    holds(content) {
      const identity = fieldsAt(content, "PayloadIdentification");
      if (identity.AuthMethod !== "Password") return [];
      return needs(identity, "AuthMethod Password", ["Password"], ["PayloadIdentification"]);
    },
  },
  {
    type: "com.apple.networkusagerules",
    source: "com.apple.networkusagerules",
    holds: (content) => oneOf(content, ["ApplicationRules", "SIMRules"]),
  },
  {
    type: "com.apple.screensaver",
    source: "com.apple.screensaver",
    holds: (content) =>
      content.askForPassword === true ? needs(content, "askForPassword", ["askForPasswordDelay"]) : [],
  },
  {
    type: "com.apple.homescreenlayout",
    source: "com.apple.homescreenlayout",
    holds: (content) => [
      ...listAt(content, "Dock").flatMap((icon, index) => iconProblems(icon, ["Dock", index])),
      ...listAt(content, "Pages").flatMap((page, at) =>
        (Array.isArray(page) ? page : []).flatMap((icon, index) => iconProblems(icon, ["Pages", at, index])),
      ),
    ],
  },
  { type: "com.apple.vpn.managed", source: "com.apple.vpn.managed", holds: vpnProblems },
];

function proxyProblems(content: Fields): readonly Broken[] {
  const type = content.ProxyType ?? "Manual";
  return type === "Manual" ? manualProxy({ ...content, ProxyType: "Manual" }) : [];
}

/** An open network has neither a password nor 802.1X. */
function notWithout(content: Fields): readonly Broken[] {
  return ["Password", "EAPClientConfiguration"]
    .filter((key) => content[key] !== undefined)
    .map((key) => contradiction([key], `EncryptionType None excludes ${key}`));
}

function iconProblems(icon: unknown, base: Path): readonly Broken[] {
  const fields = asFields(icon);
  if (fields.Type === "App") return needs(fields, "an icon of type App", ["BundleID"], base);
  return fields.Type === "WebClip" ? needs(fields, "an icon of type WebClip", ["URL"], base) : [];
}

function vpnProblems(content: Fields): readonly Broken[] {
  const { VPNType: type } = content;
  const own = type === "L2TP" ? "PPP" : String(type ?? "");
  return [
    ...(vpnDictionaries.includes(own) || own === "PPP" ? needs(content, `VPNType ${type}`, [own]) : []),
    ...(type === "VPN" || type === "TransparentProxy"
      ? needs(content, `VPNType ${type}`, ["VPNSubType"])
      : []),
    ...vpnDictionaries.flatMap((name) => {
      const vpn = fieldsAt(content, name);
      const certificate = String(vpn.AuthenticationMethod ?? "").includes("Certificate");
      return [
        ...(certificate ? needs(vpn, "this AuthenticationMethod", ["PayloadCertificateUUID"], [name]) : []),
        ...(vpn.PPK === undefined ? [] : needs(vpn, "PPK", ["PPKIdentifier"], [name])),
        ...(vpn.PPKIdentifier === undefined ? [] : needs(vpn, "PPKIdentifier", ["PPK"], [name])),
      ];
    }),
  ];
}
