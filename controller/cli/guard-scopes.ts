/** What can be suspended. */
export const suspendScopes = ["all", "device", "group", "removals"] as const;

/** What can be resumed; `observe` and `restored` are suspensions that reeve begins by itself. */
export const resumeScopes = [...suspendScopes, "observe", "restored"] as const;
