import { X509Certificate } from "node:crypto";
import type { BusinessSession } from "../apple/portal/business-session.ts";
import { ask } from "../apple/portal/capped-fetch.ts";
import { importServerToken, tokenCertificate } from "../loop/portal/server-secrets.ts";
import { type DeviceAuthority, deviceAuthority } from "../simulator/device-authority.ts";
import { type FakeEnrollmentService, fakeEnrollmentService } from "../simulator/fake-portal.ts";
import type { Member } from "../simulator/fleet.ts";
import { listEvents } from "../store/events.ts";
import type { TestStores } from "../store/test-stores.ts";
import { type Installation, type InstallationOptions, install } from "./installation.ts";
import { sharedKeys } from "./run-keys.ts";

/** A whole reeve beside a stand-in for Apple's enrollment service. */
export interface PortalHouse extends AsyncDisposable {
  readonly house: Installation;
  readonly apple: FakeEnrollmentService;
  readonly authority: DeviceAuthority;
  /** Lets virtual time pass until the next look at Apple's lists, and looks. */
  readonly look: (ms?: number) => Promise<void>;
  /** The events of these types, the newest first. */
  readonly said: (...types: readonly string[]) => Promise<readonly string[]>;
  /** What takes the next answer to such a request dies before it does anything with it. */
  readonly dieAfter: (path: string) => void;
  /** Requests to the service, such as `POST /profile`. */
  readonly asked: (what: string) => number;
}

/** How often reeve looks at Apple's lists here. */
export const intervalMs = 15 * 60_000;

/** A reeve whose server `business` has its token. */
export async function portalHouse(options: {
  readonly stores: TestStores;
  readonly devices?: readonly Member[];
  readonly files: InstallationOptions["files"];
  readonly pageSize?: number;
  readonly parts?: InstallationOptions["parts"];
  /** A client of the portal's own API. */
  readonly business?: (now: () => number) => BusinessSession;
}): Promise<PortalHouse> {
  const clock = { now: () => 0 };
  let deadly: string | undefined;
  const apple = await fakeEnrollmentService({
    now: () => clock.now(),
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
  });
  const authority = await deviceAuthority({ keys: sharedKeys, now: Date.now() });
  const house = await install({
    stores: options.stores,
    files: options.files,
    devices: options.devices ?? [],
    parts: {
      ...options.parts,
      portals: {
        serviceUrl: apple.url,
        ask: async (question) => {
          const answer = await ask(question);
          if (deadly === undefined || !question.url.endsWith(deadly)) return answer;
          deadly = undefined;
          throw new Error("killed");
        },
        intervalMs,
        ...(options.business === undefined ? {} : { business: options.business(() => clock.now()) }),
        authorities: [new X509Certificate(authority.certificate)],
      },
    },
  });
  clock.now = house.world.now;
  const ports = { store: house.store, clock: house.world.now };
  const certificate = await tokenCertificate(ports, "business", "it-lead");
  const token = apple.token(certificate, house.world.now() + 365 * 86_400_000);
  await importServerToken(ports, "business", token, "it-lead");
  await house.settle();
  return {
    house,
    apple,
    authority,
    look: async (ms = intervalMs) => {
      await house.world.advance(ms);
      await house.controller.reconciler.poll();
      await house.controller.reconciler.tick();
      await house.controller.portals?.tick();
    },
    said: async (...types) => {
      const rows = await listEvents(house.store, { types, limit: 1_000 });
      return rows.map((one) => one.message);
    },
    dieAfter: (path) => {
      deadly = path;
    },
    asked: (what) => apple.requests.filter((one) => `${one.method} ${one.path}` === what).length,
    [Symbol.asyncDispose]: async () => {
      await house[Symbol.asyncDispose]();
      await apple.close();
    },
  };
}

/** An AutomatedEnrollment of the server `business`; `spec` in YAML flow style. */
export function enrollment(name: string, devices: string, spec = ""): string {
  return `apiVersion: reeve/v1
kind: AutomatedEnrollment
metadata: {name: ${name}}
spec: {server: business, devices: {${devices}}${spec === "" ? "" : `, ${spec}`}}
`;
}
