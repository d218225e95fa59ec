import pg from "pg";
import { createClient } from "../../cli/client.ts";
import { Retry } from "../../errors.ts";
import { enrollmentPolicy } from "../../loop/android/sync-policies.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import type { TestStores } from "../../store/test-stores.ts";
import { device, type Files, group, organization, policy } from "../manifests.ts";
import { run } from "../postgres-server.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { type House, member } from "./house.ts";
import { openPhones } from "./phones.ts";

export const serial = "SIM-ACT";
export const coolOffMs = 900_000;

/** Where the daemon is killed while it carries out a step: at the `at`th boundary that fits. */
export interface StepCut {
  readonly at: number;
  readonly only: string;
}

export interface ActStep {
  readonly what: string;
  readonly cut?: StepCut | undefined;
  readonly next?: StepCut | undefined;
  readonly does: () => Promise<unknown>;
  readonly isDone: () => Promise<unknown>;
}

/** A daemon that is killed at steps of an act, with an Apple device, Android devices, and the gate's own time. */
export interface ActStage extends AsyncDisposable {
  readonly house: House;
  readonly isServer: boolean;
  readonly apple: () => AppleDevice;
  /** Another Android device of the company, which is what the act of this number is about. */
  readonly arrive: (number: number) => Promise<AndroidDevice>;
  /** What is declared from now on, beside the devices. */
  readonly declare: (files: Files) => Promise<void>;
  /**
   * Does something, with the daemon killed where it is cut, and started anew; what was answered then is lost. Resolves
   * when it is so, with the boundary in words; undefined when it was not cut. The daemon that is started anew is cut
   * at `next`: what comes then comes by itself.
   */
  readonly step: (step: ActStep) => Promise<string | undefined>;
  /** Kills it at once, and starts another when that is done which none of them sees. */
  readonly kill: (meanwhile?: () => Promise<void>) => Promise<void>;
  readonly holdOf: (act: string) => Promise<HoldView | undefined>;
  /** One person approves; throws as the command line would. */
  readonly approve: (role: "approver" | "second", digest: string, glass?: boolean) => Promise<void>;
  /** Lets the gate's own time pass. On a server alone. */
  readonly pass: (ms: number) => Promise<void>;
  /** How the act stands with each of its devices, by the database: status by the device's serial number. */
  readonly standing: (act: string) => Promise<Readonly<Record<string, string>>>;
}

/** Opens it; one Apple device is enrolled. */
export async function openActStage(stores: TestStores): Promise<ActStage> {
  await using opening = new AsyncDisposableStack();
  const isServer = stores.name === "postgres";
  const standingFiles = filesOf({});
  const phones = opening.use(await openPhones(stores, standingFiles));
  const { house } = phones;
  const owner = house.database?.url("owner") ?? "";
  if (isServer)
    await run(
      owner,
      `update reeve.ceiling set devices = 1000, percent = 100, window_ms = 1;
       update reeve.setting set value = '${coolOffMs}' where name = 'cool-off-ms';
       update reeve.setting set value = '1' where name = 'canary'`,
    );
  let daemon = await phones.start();
  const fleet = await house.enroll([member(serial)]);
  const open = opening.move();

  async function begin(cut?: StepCut): Promise<void> {
    daemon = await phones.start(cut);
  }
  return {
    house,
    isServer,
    apple: () => fleet.device(serial),
    arrive: async (number) => {
      const [name = ""] = await phones.arrive(1, { gone: `r${number}` });
      return eventually("it has its policy", () => {
        const found = phones.devices().find((one) => one.serial === name);
        const applied = found?.ledger.of("policy-applied").at(-1)?.name ?? enrollmentPolicy;
        return !applied.endsWith(enrollmentPolicy) && found;
      });
    },
    declare: async (files) => {
      await house.save(filesOf(files));
      await house
        .client()
        .post("/v1/reconcile")
        .catch(() => {});
    },
    step: async ({ what, cut, next, does, isDone }) => {
      if (cut !== undefined) await daemon.tell({ crashAt: cut.at, only: cut.only });
      const running = daemon;
      const doing = does();
      const done = doing.then(
        () => eventually(what, async () => (await isDone()) === true),
        // Its answer is lost with the process that was to give it.
        (error: unknown) => (error instanceof Retry ? running.finished : Promise.reject(error)),
      );
      done.catch(() => {});
      const end = await Promise.race([done.then(() => "done"), running.finished.then(() => "killed")]);
      if (end === "done" && cut !== undefined) {
        // What is seen in the database may be a moment ahead of the process that dies over it.
        await house.status().catch(() => {});
        await running.tell({ crashAt: 0 }).catch(() => {});
      }
      if (running.isRunning()) return undefined;
      await doing.catch(() => {});
      await begin(next);
      return boundaryOf(running);
    },
    kill: async (meanwhile) => {
      daemon.kill("SIGKILL");
      await daemon.finished;
      await meanwhile?.();
      await begin();
    },
    holdOf: async (act) => {
      const { holds } = await house.client().get<{ holds: readonly HoldView[] }>("/v1/holds");
      const found = holds.filter((one) => one.act === act);
      if (found.length > 1) throw new Error(`${act} is held ${found.length} times`);
      return found[0];
    },
    approve: async (role, digest, glass) => {
      const person = createClient({ server: daemon.adminUrl, token: house.tokens[role] });
      if (glass === true) await person.post(`/v1/holds/${digest}/break-glass`, { reason: "a test" });
      else await person.post(`/v1/holds/${digest}/approve`);
    },
    pass: (ms) => run(owner, `update reeve.gate_clock set elapsed = elapsed + ${ms}`),
    standing: (act) => readStanding(owner, act),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function filesOf(files: Files): Files {
  return {
    "org.yaml": organization,
    "base.yaml": policy("profiles: []"),
    "device.yaml": device(serial.toLowerCase(), serial, "ownership: company"),
    ...files,
  };
}

/** The group of the Android device with this number. */
export function groupOf(number: number): string {
  return group(`gone-${number}`, `match: {tag.gone: r${number}}`);
}

async function readStanding(owner: string, act: string): Promise<Readonly<Record<string, string>>> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    const { rows } = await client.query<{ serial: string; status: string }>(
      `select d.serial, t.status from reeve.act a join reeve.act_target t on t.act = a.id
       join reeve.device d on d.id = t.device where a.name = $1`,
      [act],
    );
    return Object.fromEntries(rows.map((row) => [row.serial, row.status]));
  } finally {
    await client.end();
  }
}

function boundaryOf(daemon: DaemonProcess): string {
  const line = daemon.log().find((one) => one.event === "crash");
  return line === undefined ? "killed" : `${line.boundary} ${line.about}`.trim();
}
