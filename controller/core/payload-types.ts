/** Payload types that others refer to by certificate; installed first. */
export const certificateTypes: ReadonlySet<string> = new Set([
  "com.apple.security.root",
  "com.apple.security.pkcs1",
  "com.apple.security.pem",
  "com.apple.security.pkcs12",
  "com.apple.security.scep",
  "com.apple.security.acme",
]);

/** Payload types by which a device reaches its networks, and so us. */
export const connectingTypes: ReadonlySet<string> = new Set([
  "com.apple.apn.managed",
  "com.apple.cellular",
  "com.apple.cellularprivatenetwork.managed",
  "com.apple.dnsProxy.managed",
  "com.apple.dnsSettings.managed",
  "com.apple.firstactiveethernet.managed",
  "com.apple.firstethernet.managed",
  "com.apple.globalethernet.managed",
  "com.apple.proxy.http.global",
  "com.apple.relay.managed",
  "com.apple.secondactiveethernet.managed",
  "com.apple.secondethernet.managed",
  "com.apple.thirdactiveethernet.managed",
  "com.apple.thirdethernet.managed",
  "com.apple.vpn.managed",
  "com.apple.vpn.managed.applayer",
  "com.apple.webcontent-filter",
  "com.apple.wifi.managed",
]);

/** Payload types that obtain an identity from an authority each time the profile is installed. */
export const enrollingTypes: ReadonlySet<string> = new Set([
  "com.apple.security.scep",
  "com.apple.security.acme",
]);
