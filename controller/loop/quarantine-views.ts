/** Messages that nobody could read, as the admin API answers them and the CLI renders them. */

/** A message of a device that nobody could read. */
export interface QuarantinedEntry {
  readonly id: number;
  readonly at: number;
  /** Where it came in, and the beginning of the certificate that its sender held. */
  readonly source: string;
  /** The device with that certificate, where there is one. */
  readonly device?: string;
  readonly name?: string;
  readonly reason: string;
  /** Bytes. */
  readonly size: number;
}

export interface QuarantineView {
  readonly messages: readonly QuarantinedEntry[];
}

export interface QuarantinedView extends QuarantinedEntry {
  /** Bytes that were kept: the first 47 KiB. */
  readonly kept: number;
  /** Without secrets and control characters; at most 16 KiB. */
  readonly text: string;
}
