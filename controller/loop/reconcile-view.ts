/** What happens because a person wants devices to be looked at now. */
export interface ReconcileView {
  readonly status: "requested";
  /** Devices that are asked anew. */
  readonly devices: number;
  /** Android devices among them: they are not woken, and Google's record of them is read. */
  readonly read: number;
  /** All others are woken within this time, at the allowed rate. */
  readonly withinMs: number;
  /** What stands in the way. */
  readonly notes: readonly string[];
}
