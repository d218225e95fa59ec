/** What can be suspended. */
export const suspendScopes = ["all", "device", "group", "removals"] as const;

/** What can be resumed; `observe`, `restored` and `armed` are suspensions that reeve begins by itself. */
export const resumeScopes = [...suspendScopes, "observe", "restored", "armed"] as const;
