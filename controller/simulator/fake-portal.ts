import { type FakeAnswer, type FakeHttp, type FakeRequest, fakeHttp } from "./fake-http.ts";
import { type DeviceList, deviceList, type ListedDevice } from "./fake-portal-list.ts";
import { authorizationFault, type TokenSecrets, writeServerToken } from "./fake-portal-token.ts";

type Outcome = "SUCCESS" | "NOT_ACCESSIBLE" | "FAILED" | "THROTTLED";

export type FakeEnrollmentService = FakeHttp &
  Pick<DeviceList, "devices" | "remove" | "repeat" | "expireCursors" | "loop"> & {
    /** A server token for the holder of this certificate's key, good until then. */
    token(certificate: string, expiresAt: number): Buffer;
    /** Somebody assigns a device to this server in the portal. */
    add(serial: string, device?: Partial<ListedDevice>): void;
    /** What was defined, by its id. */
    readonly profiles: ReadonlyMap<string, Record<string, unknown>>;
    /** How assignments of a device end from now on. */
    script(serial: string, outcome: Outcome | undefined, retryAfterSeconds?: number): void;
    /** Every session has ended. */
    expireSessions(): void;
    /** The token is worth nothing any more. */
    revoke(): void;
    /** Terms that nobody has accepted yet, and that they were accepted. */
    terms(accepted: boolean): void;
    /** Profiles that the service has lost. */
    forgetProfiles(): void;
    /** Where a device in Setup Assistant asks; the address that Apple's devices use is not public. */
    readonly activationUrl: string;
    /** What was wrong with requests. */
    readonly complaints: readonly string[];
  };

const secrets: TokenSecrets = {
  consumerKey:
    "CK_48dd68d198350f51258e885ce9a5c37ab7f98543c4a697323d75682a6c10a32501cb247e3db08105db868f73f2c972bd",
  consumerSecret: "CS_34c7b2b531a600d99a0e4edcf4a78ded79b86ef318118c2f5bcfee1b011108c3",
  accessToken: "AT_O8473841782a68e*ab+66/4d7~a06=9be77e",
  accessSecret:
    "AS_c31afd7a09691d83548489336e8ff1cb11b82b6bca13f793344496a556b1f4972eaff4dde6deb5ac9cf076fdfa97ec97699c34d515947b9cf9ed31c99dded6ba",
};

/** Apple's device enrollment service on a loopback port: sessions, lists behind cursors, profiles. */
export async function fakeEnrollmentService(options: {
  readonly now: () => number;
  readonly pageSize?: number;
}): Promise<FakeEnrollmentService> {
  const list = deviceList({ now: options.now, pageSize: options.pageSize ?? 1_000 });
  const profiles = new Map<string, Record<string, unknown>>();
  const scripts = new Map<string, { readonly outcome: Outcome; readonly seconds: number | undefined }>();
  const complaints: string[] = [];
  const sessions = new Set<string>();
  let counter = 0;
  let revoked = false;
  let accepted = true;

  const service: FakeHttp = await fakeHttp((request) => {
    if (request.path.startsWith("/activation/")) return activate(request.path.slice("/activation/".length));
    const agent = request.headers["user-agent"] ?? "";
    if (!/^[\w-]+\/[\d.]+/.test(agent)) return complain(400, `a User-Agent like "${agent}"`);
    if (!/^\d+$/.test(String(request.headers["x-server-protocol-version"])))
      return complain(400, "no X-Server-Protocol-Version");
    if (request.path === "/session") return beginSession(request);
    const session = String(request.headers["x-adm-auth-session"]);
    if (!sessions.has(session)) return { status: counter % 2 === 0 ? 401 : 403, body: "FORBIDDEN" };
    if (!accepted) return { status: 403, body: "T_C_NOT_SIGNED" };
    // Each reply brings another session token, and the one before is good no more.
    sessions.delete(session);
    const said = answer(request);
    return { ...said, headers: { ...said.headers, "x-adm-auth-session": newSession() } };
  });

  function complain(status: number, what: string): FakeAnswer {
    complaints.push(what);
    return { status, body: "BAD_REQUEST" };
  }
  function newSession(): string {
    counter += 1;
    const token = `session-${counter}`;
    sessions.add(token);
    return token;
  }
  function beginSession({ headers, method }: FakeRequest): FakeAnswer {
    const fault = authorizationFault(headers.authorization, `${service.url}/session`, secrets, options.now());
    if (fault !== undefined || method !== "GET") {
      complaints.push(fault ?? method);
      return { status: 403, body: "oauth_problem_adviser" };
    }
    return revoked
      ? { status: 403, body: "ACCESS_DENIED" }
      : { status: 200, body: { auth_session_token: newSession() } };
  }
  function answer({ method, path, body }: FakeRequest): FakeAnswer {
    const asked = (body === "" ? {} : JSON.parse(body)) as Record<string, unknown>;
    switch (`${method} ${path}`) {
      case "POST /server/devices":
        return list.fetch(asked);
      case "POST /devices/sync":
        return list.sync(asked);
      case "POST /profile":
        return define(asked);
      case "PUT /profile/devices":
        return assign(asked);
      case "DELETE /profile/devices":
        return remove(asked);
      case "GET /account":
        return {
          status: 200,
          body: { server_name: "Reeve", server_uuid: "677cab70-fe18", org_name: "Acme" },
        };
      case "POST /device/activationlock":
        return {
          status: 200,
          body: {
            serial_number: asked.device,
            response_status: list.devices.has(String(asked.device)) ? "SUCCESS" : "ORG_NOT_SUPPORTED",
          },
        };
      default:
        return { status: 404, body: "NOT_FOUND" };
    }
  }
  function define({ devices: _devices, ...profile }: Record<string, unknown>): FakeAnswer {
    if (typeof profile.url !== "string" || !profile.url.startsWith("https://"))
      return { status: 400, body: "CONFIG_URL_INVALID" };
    if (typeof profile.profile_name !== "string") return { status: 400, body: "PROFILE_NAME_REQUIRED" };
    const uuid = `PROFILE-${profiles.size + 1}`;
    profiles.set(uuid, profile);
    return { status: 200, body: { profile_uuid: uuid, devices: {} } };
  }
  function assign({ profile_uuid: uuid, devices = [] }: Record<string, unknown>): FakeAnswer {
    const serials = devices as string[];
    if (serials.length > 1_000) return complain(400, `${serials.length} devices at a time`);
    if (!profiles.has(String(uuid))) return { status: 400, body: "PROFILE_UUID_NOT_FOUND" };
    let seconds: number | undefined;
    const outcomes = serials.map((serial) => {
      const device = list.devices.get(serial);
      const script = scripts.get(serial);
      seconds = script?.seconds ?? seconds;
      if (device === undefined) return [serial, "NOT_ACCESSIBLE"];
      if (script !== undefined && script.outcome !== "SUCCESS") return [serial, script.outcome];
      device.profile_uuid = String(uuid);
      device.profile_status = "assigned";
      return [serial, "SUCCESS"];
    });
    const later = seconds === undefined ? {} : { retry_after_seconds: seconds };
    return { status: 200, body: { profile_uuid: uuid, devices: Object.fromEntries(outcomes), ...later } };
  }
  function remove({ devices = [] }: Record<string, unknown>): FakeAnswer {
    const outcomes = (devices as string[]).map((serial) => {
      const device = list.devices.get(serial);
      if (device === undefined) return [serial, "NOT_ACCESSIBLE"];
      delete device.profile_uuid;
      device.profile_status = "removed";
      return [serial, "SUCCESS"];
    });
    return { status: 200, body: { devices: Object.fromEntries(outcomes) } };
  }
  function activate(serial: string): FakeAnswer {
    const device = list.devices.get(serial);
    const profile = profiles.get(device?.profile_uuid ?? "");
    if (device === undefined || profile === undefined) return { status: 404 };
    device.profile_status = "pushed";
    return { status: 200, body: profile };
  }

  return {
    ...service,
    devices: list.devices,
    remove: list.remove,
    repeat: list.repeat,
    expireCursors: list.expireCursors,
    loop: list.loop,
    profiles,
    complaints,
    activationUrl: `${service.url}/activation`,
    token: (certificate, expiresAt) => writeServerToken(secrets, expiresAt, certificate),
    add: (serial, device = {}) =>
      list.add({
        serial_number: serial,
        model: "iPad Air",
        device_family: "iPad",
        os: "iPadOS",
        profile_status: "empty",
        ...device,
      }),
    script: (serial, outcome, seconds) =>
      outcome === undefined ? void scripts.delete(serial) : void scripts.set(serial, { outcome, seconds }),
    expireSessions: () => sessions.clear(),
    revoke: () => {
      revoked = true;
      sessions.clear();
    },
    terms: (value) => {
      accepted = value;
    },
    forgetProfiles: () => profiles.clear(),
  };
}
