/** Where a lost device was. */
export interface LocationView {
  readonly latitude: number;
  readonly longitude: number;
  readonly withinMeters?: number;
  /** When it was there, in the device's own words. */
  readonly at?: string;
  readonly reportedAt: number;
  /** A page with a map of the place. */
  readonly map: string;
}

/** What is kept sealed of a device, without any of it. */
export interface SecretsView {
  readonly device: string;
  readonly name: string;
  readonly secrets: readonly {
    readonly kind: string;
    readonly at: number;
    readonly epoch: number;
    /** False when it was taken away from the device. */
    readonly present: boolean;
    /** `reported`, or what became of the command that set it. */
    readonly status: string;
  }[];
}

/** One kind of it in clear, the newest first. */
export interface SecretView {
  readonly device: string;
  readonly name: string;
  readonly kind: string;
  readonly values: readonly {
    readonly value: string;
    readonly encoding: "text" | "base64";
    readonly at: number;
    readonly status: string;
  }[];
}
