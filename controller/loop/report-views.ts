import type { Evidence, Verdict } from "../core/evidence.ts";
import type { Posture } from "../core/posture.ts";
import type { SealHead } from "../store/event-seals.ts";
import type { ActOnDevice, DayCount } from "../store/report-rows.ts";
import type { DeviceView, RevisionView, StatusView } from "./views.ts";

/** What a report is about; the first line of it. Times are epoch ms. */
export interface ReportHead {
  readonly organization: string;
  readonly at: number;
  /** Of the organization: dates are written in it. */
  readonly timeZone: string;
  /** By which devices are judged. */
  readonly revision: RevisionView;
  readonly gate: "enforced" | "advisory";
  /** Acts are those whose status moved since then. */
  readonly since: number;
  /** Only its members, where one was asked for. */
  readonly group?: string;
  /** The newest seal of the history when the report was made: it belongs to this history and to no other. */
  readonly history?: SealHead;
}

/** The evidence of one device. */
export interface ReportDevice {
  readonly id: string;
  readonly name: string;
  readonly serial?: string;
  readonly platform?: string;
  readonly model?: string;
  readonly osVersion?: string;
  readonly ownership?: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly enrollment: string;
  readonly groups: readonly string[];
  readonly lastSeenAt: number;
  readonly condition: DeviceView["condition"];
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  readonly posture: Posture;
  /** When the device said what the posture rests on. */
  readonly postureAt?: number;
  readonly asDeclared: number;
  readonly notAsDeclared: readonly ReportItem[];
  readonly exemptions: readonly { readonly item: string; readonly until: string; readonly reason: string }[];
  readonly acts: readonly Omit<ActOnDevice, "device">[];
}

/** An item that is not as declared: why, and the line that asks for it. */
export interface ReportItem {
  readonly item: string;
  readonly state: string;
  /** `Policy/NAME FILE:LINE`. */
  readonly because: string;
  readonly reason?: string;
  readonly commit?: string;
  readonly author?: string;
}

/** How the devices of a group stand; the empty name is all. */
export interface ReportCounts {
  readonly group: string;
  readonly total: number;
  readonly compliant: number;
  readonly exempt: number;
  readonly notCompliant: number;
  readonly pending: number;
  readonly stale: number;
  readonly ready: number;
  readonly reconciling: number;
  readonly stalled: number;
  readonly held: number;
  readonly unreachable: number;
}

/** The last line: what the devices add up to, and how they stood on the days before. */
export interface ReportTotals {
  readonly total: ReportCounts;
  readonly groups: readonly ReportCounts[];
  readonly platforms: readonly ReportCounts[];
  /** Devices that are not managed any more, by what became of them. */
  readonly departed: StatusView["lifecycle"];
  readonly trend: readonly DayCount[];
}

/** One line of a report as it is streamed. */
export type ReportLine =
  | { readonly head: ReportHead }
  | { readonly device: ReportDevice }
  | { readonly totals: ReportTotals };
