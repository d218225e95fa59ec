import { Stalled } from "../errors.ts";
import { dictAt, type PlistDict, textAt } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

/** ReturnToService of EraseDevice: how the erased device enrolls again by itself; nothing where it shall not. */
export function returnToService(parameters: PlistDict): PlistDict {
  const wanted = dictAt(parameters, "returnToService");
  if (wanted === undefined) return {};
  const profile = parameters.enrollmentProfile;
  if (!(profile instanceof Uint8Array))
    throw new Stalled("return-to-service", "there is no enrollment profile to come back with");
  const wifi = dictAt(wanted, "wifi");
  const network = wifi === undefined ? {} : { WiFiProfileData: wifiProfile(wifi) };
  return { ReturnToService: { Enabled: true, MDMProfileData: profile, ...network } };
}

const identifier = "reeve.return-to-service";

/** The network of the way back; the erased device has no other, and the enrollment brings its own. */
function wifiProfile(wifi: PlistDict): Buffer {
  const password = textAt(wifi, "password");
  const open = password === undefined || password === "";
  return writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: "5E1D7C1B-6A2F-4C8E-9D35-0C7B1F2A6E01",
    PayloadDisplayName: "Wi-Fi",
    PayloadContent: [
      {
        PayloadType: "com.apple.wifi.managed",
        PayloadVersion: 1,
        PayloadIdentifier: `${identifier}.wifi`,
        PayloadUUID: "5E1D7C1B-6A2F-4C8E-9D35-0C7B1F2A6E02",
        PayloadDisplayName: "Wi-Fi",
        SSID_STR: textAt(wifi, "ssid") ?? "",
        AutoJoin: true,
        HIDDEN_NETWORK: wifi.hidden === true,
        EncryptionType: open ? "None" : "WPA2",
        ...(open ? {} : { Password: password }),
      },
    ],
  });
}
