import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import { toDetail } from "./detail.ts";
import { dictAt, type PlistDict, textAt } from "./wire/plist.ts";

/** What of one app's feedback is kept, as JSON, and of how many apps. */
const largest = 8_192;
const mostApps = 200;

/**
 * What managed apps have written for management (Apple: ManagedApplicationFeedback), for people. An app may write as
 * much as it likes: of what is too long only the length is kept.
 */
export function feedbackDetail(list: readonly PlistDict[]): Json {
  return list.slice(0, mostApps).flatMap((entry) => {
    const feedback = dictAt(entry, "Feedback");
    if (feedback === undefined) return [];
    const Identifier = cleanText(textAt(entry, "Identifier") ?? "", 256);
    const detail = toDetail(feedback);
    const { length } = JSON.stringify(detail);
    return [length > largest ? { Identifier, tooLong: length } : { Identifier, Feedback: detail }];
  });
}
