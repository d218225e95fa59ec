/** The organization's devices in Apple Business or School Manager. */
export interface PortalDevicesView {
  readonly servers: readonly { readonly id: string; readonly name: string; readonly type?: string }[];
  readonly devices: readonly PortalDeviceView[];
  /** When Apple said so, epoch ms. */
  readonly readAt: number;
}

export interface PortalDeviceView {
  readonly serial: string;
  readonly model?: string;
  readonly family?: string;
  /** The server that it is assigned to; absent when it is to none. */
  readonly server?: string;
}

/** How something stands that was asked of the portal. */
export interface PortalActivityView {
  readonly id: string;
  readonly type: "assign" | "unassign";
  readonly server: string;
  readonly devices: number;
  readonly status: string;
  readonly subStatus?: string;
  readonly finishedAt?: number;
}

/** Devices of a server of Apple's portals that are set up otherwise from then on. */
export interface PlanEnrollment {
  readonly manifest: string;
  readonly server: string;
  readonly devices: number;
  /** Another profile at Apple; only what is asked and asserted; several manifests; none any more. */
  readonly what: "profile" | "admission" | "conflict" | "left";
}
