import type { PlanEnrollment } from "../../loop/portal/portal-views.ts";
import type { PlanView } from "../../loop/views.ts";
import { clean, counted, wrap } from "./text.ts";

const words: Readonly<Record<PlanEnrollment["what"], string>> = {
  profile: "get another enrollment profile",
  admission: "are let in differently",
  conflict: "are meant by several manifests: what is assigned stays",
  left: "are meant by none any more: what is assigned stays",
};

/** What a plan changes for devices of Apple's portals, one line for each manifest. */
export function enrollmentLines({ enrollments = [] }: PlanView, width: number): readonly string[] {
  if (enrollments.length === 0) return [];
  const lines = enrollments.map(
    ({ manifest, server, devices, what }) =>
      `  AutomatedEnrollment/${clean(manifest)}: ${counted(devices, "device")} of ${clean(server)} ${words[what]}`,
  );
  return [
    "At Apple, for devices that are set up from then on:",
    ...lines.flatMap((line) => wrap(line, width, "    ")),
  ];
}
