import { describe, expect, test } from "vitest";
import { reasonOf } from "../core/reason.ts";
import { observe } from "./observe.ts";
import { readReport, toReport } from "./report-message.ts";
import type { PlistDict } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

function read(body: PlistDict) {
  return readReport(writePlist({ UDID: "A", ...body }));
}

describe("statuses", () => {
  test("Idle needs no command", () => {
    expect(toReport(read({ Status: "Idle" }))).toEqual({ type: "idle" });
  });

  test("NotNow", () => {
    expect(toReport(read({ Status: "NotNow", CommandUUID: "c-1" }))).toEqual({
      type: "result",
      commandId: "c-1",
      outcome: { status: "notNow" },
    });
  });

  test("Error keeps the whole chain", () => {
    const chain = [
      { ErrorCode: 12_021, ErrorDomain: "MCMDMErrorDomain", USEnglishDescription: "Not supported" },
      { ErrorCode: 4_001, ErrorDomain: "MCInstallationErrorDomain", LocalizedDescription: "Nein" },
    ];

    expect(toReport(read({ Status: "Error", CommandUUID: "c-1", ErrorChain: chain }))).toMatchObject({
      outcome: {
        status: "failed",
        errors: [
          { domain: "MCMDMErrorDomain", code: 12_021, text: "Not supported" },
          { domain: "MCInstallationErrorDomain", code: 4_001, text: "Nein" },
        ],
      },
    });
  });

  test("a failure always has a reason, also the reason of an app", () => {
    expect(read({ Status: "CommandFormatError", CommandUUID: "c" }).errors).toHaveLength(1);
    expect(
      read({ Status: "Error", CommandUUID: "c", RejectionReason: "AppAlreadyInstalled" }).errors,
    ).toEqual([{ domain: "RejectionReason", code: 0, text: "AppAlreadyInstalled" }]);
  });

  test("a failing profile names the payload and what is wrong with it", () => {
    const link = (ErrorDomain: string, ErrorCode: number, USEnglishDescription: string) => ({
      ErrorDomain,
      ErrorCode,
      USEnglishDescription,
    });
    const { errors } = read({
      Status: "Error",
      CommandUUID: "c",
      ErrorChain: [
        link("MCInstallationErrorDomain", 4001, "Profile Installation Failed"),
        link("MCVPNErrorDomain", 15_000, "The certificate was not found."),
      ],
    });

    expect(reasonOf(errors)).toBe("payload com.apple.vpn.managed: The certificate was not found.");
    expect(errors[0]?.text).toBe("Profile Installation Failed");
  });

  test("an acknowledgement may carry an observation and a note", () => {
    const message = read({
      Status: "Acknowledged",
      CommandUUID: "c",
      MessageResult: "DeviceIsLost",
      SecurityInfo: { PasscodePresent: true },
    });
    const observation = observe("security", message.body);

    expect(toReport(message, { observation })).toMatchObject({
      outcome: {
        status: "acknowledged",
        note: "message not shown: DeviceIsLost",
        observation: { section: "security" },
      },
    });
  });

  test.each([
    ["an unknown status", { Status: "Fine", CommandUUID: "c" }],
    ["no status", { CommandUUID: "c" }],
    ["a result for no command", { Status: "Acknowledged" }],
    ["a command id with a line break", { Status: "Acknowledged", CommandUUID: "c\nd" }],
  ])("%s is refused", (_name, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ name: "MessageError" }));
  });
});
