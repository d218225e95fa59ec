import type { Random } from "./random.ts";

export type ApplePlatform = "ios" | "ipados" | "macos" | "tvos";

/** What is printed on a device or burnt into it; an erase does not change it. */
export type Hardware = {
  readonly platform: ApplePlatform;
  readonly serial: string;
  readonly udid: string;
  readonly productName: string;
  readonly modelName: string;
  readonly model: string;
  readonly imei: string | undefined;
  readonly wifiMac: string;
  readonly bluetoothMac: string;
  readonly ethernetMac: string | undefined;
  readonly capacityGb: number;
  /** A Mac with an Intel processor. */
  readonly intel: boolean;
  /** An iPad that several people share. */
  readonly shared: boolean;
  /** Types of declaration that it does not support although its system does. */
  readonly lacks: readonly string[];
  /** The number of its SIM; the others were never given one. */
  readonly iccid: string | undefined;
};

const PRODUCTS: Record<ApplePlatform, readonly (readonly [product: string, name: string, model: string])[]> =
  {
    ios: [
      ["iPhone17,3", "iPhone 16", "MYE73ZD/A"],
      ["iPhone16,1", "iPhone 15 Pro", "MTUX3ZD/A"],
    ],
    ipados: [
      ["iPad14,8", "iPad Air 11-inch (M2)", "MUWD3NF/A"],
      ["iPad13,18", "iPad (10th generation)", "MPQ03FD/A"],
    ],
    macos: [
      ["Mac15,12", "MacBook Air (13-inch, M3)", "MRXN3D/A"],
      ["Mac16,10", "Mac mini (2024)", "MU9D3D/A"],
    ],
    tvos: [["AppleTV14,1", "Apple TV 4K (3rd generation)", "MN873FD/A"]],
  };

export const LATEST_OS: Record<ApplePlatform, string> = {
  ios: "26.1",
  ipados: "26.1",
  macos: "26.1",
  tvos: "26.1",
};

/** The hardware of one device; `random` fills what the options leave open. */
export function makeHardware(
  options: {
    readonly platform: ApplePlatform;
    readonly serial: string;
    readonly udid?: string;
    readonly model?: string;
    readonly intel?: boolean;
    readonly shared?: boolean;
    readonly lacks?: readonly string[];
    readonly iccid?: string | undefined;
  },
  random: Random,
): Hardware {
  const products = PRODUCTS[options.platform];
  const known = products.find(([product]) => product === options.model);
  const [productName, modelName, model] =
    known ??
    (options.model === undefined ? random.pick(products) : [options.model, options.model, options.model]);
  const isMobile = options.platform === "ios" || options.platform === "ipados";
  return {
    platform: options.platform,
    serial: options.serial,
    udid: options.udid ?? udidFor(options.platform, random),
    productName,
    modelName,
    model,
    imei: isMobile ? `35${String(random.between(0, 9_999_999_999_999)).padStart(13, "0")}` : undefined,
    wifiMac: mac(random),
    bluetoothMac: mac(random),
    ethernetMac: isMobile ? undefined : mac(random),
    capacityGb: random.pick([128, 256, 512]),
    intel: options.intel === true,
    shared: options.shared === true,
    lacks: options.lacks ?? [],
    iccid: options.iccid,
  };
}

/** A build name that follows from the version, such as 23B85. */
export function buildOf(osVersion: string): string {
  const [major = 0, minor = 0, patch = 0] = osVersion.split(".").map(Number);
  return `${major - 3}${"ABCDEFGH"[minor] ?? "H"}${80 + patch}`;
}

function udidFor(platform: ApplePlatform, random: Random): string {
  if (platform === "macos") return random.uuid();
  return `${random.hex(8)}-${random.hex(16)}`.toUpperCase();
}

function mac(random: Random): string {
  return (random.hex(12).match(/../g) ?? []).join(":");
}
