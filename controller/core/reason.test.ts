import { expect, test } from "vitest";
import { reasonOf } from "./reason.ts";

const chain = (text: string) => [
  { domain: "MCMDMErrorDomain", code: 9610, text: "License not found" },
  { domain: "RejectionReason", code: 0, text },
];

test("a word of Apple's is put into a sentence, and one that says nothing gives way to what stands before it", () => {
  expect(reasonOf(chain("AppStoreDisabled"))).toBe("the App Store is off on the device (AppStoreDisabled)");
  expect(reasonOf(chain("PurchaseNotFound"))).toBe("its user has no licence for the book (PurchaseNotFound)");
  expect(reasonOf(chain("Other"))).toBe("License not found");
  expect(reasonOf(chain("Other").slice(1))).toBe("the device does not say why (Other)");
  expect(reasonOf(chain("SomethingNew"))).toBe("SomethingNew");
});
