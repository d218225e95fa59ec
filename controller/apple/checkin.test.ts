import { describe, expect, test } from "vitest";
import { readCheckIn } from "./checkin.ts";
import type { PlistDict } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

const udid = "00008101-000A11223344001E";
const topic = "com.apple.mgmt.External.1";

function read(body: PlistDict) {
  return readCheckIn(writePlist(body));
}

describe("messages", () => {
  test("Authenticate brings facts and who the device is", () => {
    const message = read({
      MessageType: "Authenticate",
      Topic: topic,
      UDID: udid,
      SerialNumber: "DMPXK2ABQ1",
      ProductName: "iPad14,8",
      OSVersion: "26.1",
      DeviceName: "Mia\u202e's iPad\n",
      IMEI: "35 123456 123456 1",
    });

    expect(message).toMatchObject({
      type: "Authenticate",
      topic,
      channel: { id: udid, device: udid, kind: "device" },
      device: { serial: "DMPXK2ABQ1", name: "Mia's iPad", imei: "351234561234561" },
      facts: {
        platform: { value: "ipados", source: "reported" },
        model: { value: "iPad14,8", source: "reported" },
        osVersion: { value: "26.1", source: "reported" },
      },
    });
  });

  test("TokenUpdate brings the push address, and an unlock token only when there is one", () => {
    const base = {
      MessageType: "TokenUpdate",
      Topic: topic,
      UDID: udid,
      PushMagic: "magic",
      Token: Buffer.from([1, 255]),
    };

    expect(read(base)).toMatchObject({
      push: { token: "01ff", magic: "magic", topic },
      unlockToken: undefined,
      awaitingConfiguration: false,
    });
    expect(read({ ...base, UnlockToken: Buffer.from("u"), AwaitingConfiguration: true })).toMatchObject({
      unlockToken: Buffer.from("u"),
      awaitingConfiguration: true,
    });
  });

  test("an empty bootstrap token means that the stored one goes", () => {
    expect(
      read({ MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.alloc(0) }),
    ).toMatchObject({ token: undefined });
    expect(
      read({ MessageType: "SetBootstrapToken", UDID: udid, BootstrapToken: Buffer.from("b") }),
    ).toMatchObject({ token: Buffer.from("b") });
  });

  test.each([
    [
      { MessageType: "CheckOut", Topic: topic },
      { type: "CheckOut", topic },
    ],
    [{ MessageType: "GetBootstrapToken" }, { type: "GetBootstrapToken" }],
    [
      { MessageType: "GetToken", TokenServiceType: "com.apple.maid" },
      { type: "GetToken", service: "com.apple.maid" },
    ],
    [
      { MessageType: "UserAuthenticate", UserID: "U-1" },
      { type: "UserAuthenticate", digestResponse: undefined },
    ],
    [
      { MessageType: "DeclarativeManagement", Endpoint: "tokens" },
      { type: "DeclarativeManagement", endpoint: "tokens" },
    ],
    [{ MessageType: "ReturnToService" }, { type: "ReturnToService" }],
    [{ MessageType: "SomethingNew" }, { type: "unknown", messageType: "SomethingNew" }],
  ])("%j", (body, expected) => {
    expect(read({ UDID: udid, ...body })).toMatchObject(expected);
  });
});

describe("the channel", () => {
  const shared = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";

  test.each([
    ["a device", { UDID: "A" }, "A", "device"],
    ["a user of a Mac", { UDID: "A", UserID: "B" }, "A:B", "user"],
    [
      "a user of a Shared iPad",
      { UDID: "A", UserID: shared, UserShortName: "mia@acme.example" },
      "A:mia@acme.example",
      "user",
    ],
    ["a User Enrollment", { EnrollmentID: "E" }, "E", "device"],
    ["its user", { EnrollmentID: "E", EnrollmentUserID: "U" }, "E:U", "user"],
  ])("of %s", (_name, ids, id, kind) => {
    expect(read({ MessageType: "GetBootstrapToken", ...ids }).channel).toMatchObject({ id, kind });
  });
});

describe("refused", () => {
  test.each([
    ["no id", { MessageType: "CheckOut" }],
    ["an id with SQL in it", { MessageType: "CheckOut", UDID: "x'; drop table devices; --" }],
    ["an id that is too long", { MessageType: "CheckOut", UDID: "A".repeat(65) }],
    ["an id that is no text", { MessageType: "CheckOut", UDID: 7 }],
    [
      "a short name that would be another channel",
      { MessageType: "CheckOut", UDID: "A", UserShortName: "B:C" },
    ],
    ["no type", { UDID: udid }],
    ["no token", { MessageType: "TokenUpdate", UDID: udid, Topic: topic, PushMagic: "m" }],
    [
      "a token of a mebibyte",
      { MessageType: "TokenUpdate", UDID: udid, Topic: topic, PushMagic: "m", Token: Buffer.alloc(1 << 20) },
    ],
    ["no topic", { MessageType: "Authenticate", UDID: udid }],
  ])("%s", (_name, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ name: "MessageError" }));
  });

  test("what is not a dictionary, and without quoting it", () => {
    expect(() => readCheckIn(Buffer.from("secret garbage"))).toThrow(
      expect.objectContaining({ name: "MessageError" }),
    );
    expect(() => readCheckIn(Buffer.from("secret garbage"))).not.toThrow(/secret/);
    expect(() => readCheckIn(writePlist(["x"]))).toThrow("not a dictionary");
  });
});
