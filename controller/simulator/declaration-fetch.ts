import type { Form, Held } from "./declaration-state.ts";
import type { Machine } from "./machine.ts";
import type { Enrollment } from "./state.ts";
import { follow, signatureOf, tell } from "./talk.ts";

/** The server could not be reached, or said nothing that can be used: the device tries again later. */
export class SyncFailure extends Error {}

export type Wanted = { readonly form: Form; readonly identifier: string; readonly token: string };
export type Manifest = { readonly token: string; readonly items: readonly Wanted[] };

/** The endpoints of declarative management, as a device asks for them (Apple's schema, protocol). */
export function openEndpoints(machine: Machine, enrollment: Enrollment, canTalk: () => boolean) {
  const { faults, log } = machine;

  async function ask(endpoint: string, kind: string, data?: unknown): Promise<Buffer> {
    if (!canTalk()) throw new SyncFailure("offline");
    log({ type: "declarative", endpoint });
    const answer = await tell(machine, enrollment, "check-in", {
      MessageType: "DeclarativeManagement",
      Endpoint: endpoint,
      ...machine.ids,
      ...(data === undefined ? {} : { Data: Buffer.from(JSON.stringify(data)) }),
    });
    if (answer.outcome !== "accepted") throw new SyncFailure(answer.reason);
    lose(kind);
    return answer.body;
  }
  function lose(kind: string): void {
    const fault = faults.take("lose-answer", `DeclarativeManagement/${kind}`);
    if (fault !== undefined) throw new SyncFailure("the answer was lost");
  }
  function wrong(detail: string): SyncFailure {
    log({ type: "violation", rule: "declarative", detail });
    return new SyncFailure(detail);
  }
  function readJson(body: Buffer, what: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(body.toString("utf8"));
      if (isRecord(value)) return value;
    } catch {
      // Told below.
    }
    throw wrong(`${what} is no JSON object`);
  }

  return {
    /** The DeclarationsToken of the server. */
    async tokens(): Promise<string> {
      return tokenIn(readJson(await ask("tokens", "tokens"), "tokens"), wrong);
    },
    /** What should be on the device, checked as strictly as devices do. */
    async manifest(): Promise<Manifest> {
      const body = readJson(await ask("declaration-items", "declaration-items"), "declaration-items");
      const { Declarations: lists, DeclarationsToken: token } = body;
      if (!isRecord(lists) || !isToken(token, 256)) throw wrong("declaration-items lacks a key");
      const forms = { Activations: "activation", Assets: "asset", Configurations: "configuration" } as const;
      const items = Object.entries({ ...forms, Management: "management" } as const).flatMap(
        ([name, form]) => {
          const list = lists[name];
          if (!Array.isArray(list)) throw wrong(`declaration-items lacks ${name}`);
          return list.map((one): Wanted => {
            const { Identifier, ServerToken } = isRecord(one) ? one : {};
            if (!isToken(Identifier, 64) || !isToken(ServerToken, 64))
              throw wrong("a malformed declaration item");
            return { form, identifier: Identifier, token: ServerToken };
          });
        },
      );
      if (new Set(items.map((one) => one.identifier)).size < items.length) throw wrong("an identifier twice");
      return { token, items };
    },
    /** One declaration, which must be the one that the manifest promised. */
    async declaration({ form, identifier, token }: Wanted): Promise<Pick<Held, "type" | "payload">> {
      const endpoint = `declaration/${form}/${identifier}`;
      const body = readJson(await ask(endpoint, "declaration"), endpoint);
      const { Type, Identifier, ServerToken, Payload } = body;
      if (
        Identifier !== identifier ||
        ServerToken !== token ||
        typeof Type !== "string" ||
        !isRecord(Payload)
      )
        throw wrong(`${endpoint} is another one`);
      if (!Type.startsWith(`com.apple.${form}.`)) throw wrong(`${endpoint} is a ${Type}`);
      return { type: Type, payload: Payload };
    },
    /** A profile, fetched with the identity of the device; undefined when the server refuses it. */
    async profile(url: string): Promise<Buffer | undefined> {
      if (!canTalk()) throw new SyncFailure("offline");
      const headers: Record<string, string> = { "user-agent": "MDM/1.0" };
      if (enrollment.mdm.signMessage)
        headers["Mdm-Signature"] = signatureOf(machine, enrollment, Buffer.alloc(0));
      const { identity } = enrollment;
      log({ type: "declarative", endpoint: "profile" });
      const answer = await follow(machine, { method: "GET", url, headers, identity }).catch(
        (error: unknown) => {
          throw new SyncFailure(String(error));
        },
      );
      if (answer.status >= 500) throw new SyncFailure(`HTTP ${answer.status}`);
      lose("profile");
      return answer.status === 200 ? answer.body : undefined;
    },
    /** Tells the status; anything but success makes the device tell it again. */
    async status(report: unknown): Promise<void> {
      await ask("status", "status", report);
    },
  };
}

export type Endpoints = ReturnType<typeof openEndpoints>;

/** The token in a TokensResponse, as the command carries it too. */
export function tokenIn(body: Record<string, unknown>, wrong: (detail: string) => Error): string {
  const tokens = body.SyncTokens;
  const { DeclarationsToken, Timestamp } = isRecord(tokens) ? tokens : {};
  if (!isToken(DeclarationsToken, 256)) throw wrong("there is no DeclarationsToken");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(Timestamp))) throw wrong("the Timestamp is malformed");
  return DeclarationsToken;
}

function isToken(value: unknown, octets: number): value is string {
  return typeof value === "string" && value !== "" && Buffer.byteLength(value) <= octets;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
