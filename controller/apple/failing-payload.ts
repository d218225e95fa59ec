import type { DeviceError } from "../core/report.ts";

/** The payload that an error domain is about (Apple: MDM error codes). Others do not name one. */
const payloadOf: ReadonlyMap<string, string> = new Map([
  ["MCAPNErrorDomain", "com.apple.apn.managed"],
  ["MCCalDAVErrorDomain", "com.apple.caldav.account"],
  ["MCCardDAVErrorDomain", "com.apple.carddav.account"],
  ["MCCellularErrorDomain", "com.apple.cellular"],
  ["MCCertificateErrorDomain", "com.apple.security"],
  ["MCEASErrorDomain", "com.apple.eas.account"],
  ["MCEmailErrorDomain", "com.apple.mail.managed"],
  ["MCFontErrorDomain", "com.apple.font"],
  ["MCGlobalHTTPProxyErrorDomain", "com.apple.proxy.http.global"],
  ["MCHomeScreenLayoutErrorDomain", "com.apple.homescreenlayout"],
  ["MCLDAPErrorDomain", "com.apple.ldap.account"],
  ["MCNetworkUsageRulesErrorDomain", "com.apple.networkusagerules"],
  ["MCNotificationSettingsErrorDomain", "com.apple.notificationsettings"],
  ["MCPasscodeErrorDomain", "com.apple.mobiledevice.passwordpolicy"],
  ["MCRestrictionsErrorDomain", "com.apple.applicationaccess"],
  ["MCSCEPErrorDomain", "com.apple.security.scep"],
  ["MCSingleAppErrorDomain", "com.apple.app.lock"],
  ["MCSubCalErrorDomain", "com.apple.subscribedcalendar.account"],
  ["MCVPNErrorDomain", "com.apple.vpn.managed"],
  ["MCWebClipErrorDomain", "com.apple.webClip.managed"],
  ["MCWebContentFilterErrorDomain", "com.apple.webcontent-filter"],
  ["MCWiFiErrorDomain", "com.apple.wifi.managed"],
]);

/** The chain with the name of the payload before the text of each link whose domain is about one. */
export function namingPayloads(chain: readonly DeviceError[]): readonly DeviceError[] {
  return chain.map((link) => {
    const type = payloadOf.get(link.domain);
    return type === undefined || link.text.includes(type)
      ? link
      : { ...link, text: `payload ${type}: ${link.text || `code ${link.code}`}` };
  });
}
