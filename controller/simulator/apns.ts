import { randomUUID } from "node:crypto";
import type { World } from "./world.ts";

export type PushReceiver = { isOnline(): boolean; deliver(magic: string): void };

/** What a device sees of the push service. */
export type PushGateway = {
  register(token: Buffer, topic: string, receiver: PushReceiver): void;
  /** The token is dead: 410 from now on. */
  unregister(token: Buffer): void;
  /** Delivers the push that was kept, if there is one. */
  cameOnline(token: Buffer): void;
};

export type Push = {
  /** Hexadecimal, lower case. */
  readonly token: string;
  readonly topic: string;
  readonly magic: string;
  /** Epoch seconds; 0: deliver now or never; undefined: kept as long as the service likes. */
  readonly expiration?: number;
};
export type PushAnswer = {
  readonly status: number;
  readonly reason?: string;
  /** Epoch ms of a 410: since when the token is dead. */
  readonly timestamp?: number;
  /** How long the answer takes. */
  readonly delayMs?: number;
  readonly retryAfterSeconds?: number;
};
export type PushRecord = Push & {
  readonly at: number;
  readonly status: number;
  readonly reason: string | undefined;
};

export type PushBroker = PushGateway & {
  /** Every push that was asked for, with its answer, oldest first. */
  readonly pushes: readonly PushRecord[];
  /** Takes a push as APNs does and says what APNs answers. */
  push(push: Push): PushAnswer;
  /** Wakes the device directly and in order, without topic or answer: the shortest way for tests. */
  deliver(token: Buffer | string, magic: string): PushAnswer;
  /** Answers in this way instead, for one token or all, so many times (for ever unless said). */
  answerWith(answer: PushAnswer, scope?: { readonly token?: Buffer | string; readonly times?: number }): void;
  /** Back to ordinary answers. */
  answerTruly(): void;
  /** The id that APNs gives to a notification. */
  nextId(): string;
};

type Registered = { readonly topic: string; readonly receiver: PushReceiver; kept: Push | undefined };
type Programmed = { readonly answer: PushAnswer; readonly token: string | undefined; left: number };

/**
 * Apple's push service without a network: knows tokens, keeps only the last push of a device that is offline,
 * and answers as it has been programmed to.
 */
export function pushBroker(options: { readonly world: World; readonly latencyMs?: number }): PushBroker {
  const { world } = options;
  const registered = new Map<string, Registered>();
  const dead = new Map<string, number>();
  const pushes: PushRecord[] = [];
  let programmed: Programmed[] = [];

  function push(asked: Push): PushAnswer {
    const answer = programmedFor(asked.token) ?? truthFor(asked);
    pushes.push({ ...asked, at: world.now(), status: answer.status, reason: answer.reason });
    if (answer.status === 200) hand(asked);
    return answer;
  }
  function programmedFor(token: string): PushAnswer | undefined {
    const found = programmed.find((one) => one.token === undefined || one.token === token);
    if (found === undefined) return undefined;
    found.left--;
    programmed = programmed.filter((one) => one.left > 0);
    return found.answer;
  }
  function truthFor(asked: Push): PushAnswer {
    const timestamp = dead.get(asked.token);
    if (timestamp !== undefined) return { status: 410, reason: "Unregistered", timestamp };
    const target = registered.get(asked.token);
    if (target === undefined) return { status: 400, reason: "BadDeviceToken" };
    return target.topic === asked.topic ? { status: 200 } : { status: 400, reason: "DeviceTokenNotForTopic" };
  }
  function hand(asked: Push): void {
    const target = registered.get(asked.token);
    if (target === undefined) return;
    target.kept = target.receiver.isOnline() ? undefined : asked;
    if (target.kept === undefined) world.after(options.latencyMs ?? 0, () => arrive(asked));
  }
  function arrive(asked: Push): void {
    const target = registered.get(asked.token);
    if (target === undefined) return;
    if (target.receiver.isOnline()) target.receiver.deliver(asked.magic);
    else target.kept = asked;
  }
  function cameOnline(token: Buffer): void {
    const target = registered.get(token.toString("hex"));
    const kept = target?.kept;
    if (target === undefined || kept === undefined) return;
    target.kept = undefined;
    if (kept.expiration === undefined || kept.expiration * 1000 > world.now())
      world.after(options.latencyMs ?? 0, () => arrive(kept));
  }
  return {
    pushes,
    push,
    cameOnline,
    register(token, topic, receiver) {
      dead.delete(token.toString("hex"));
      registered.set(token.toString("hex"), { topic, receiver, kept: undefined });
    },
    unregister(token) {
      if (registered.delete(token.toString("hex"))) dead.set(token.toString("hex"), world.now());
    },
    deliver(token, magic) {
      const hex = hexOf(token);
      return push({ token: hex, topic: registered.get(hex)?.topic ?? "", magic });
    },
    answerWith(answer, scope = {}) {
      const token = scope.token === undefined ? undefined : hexOf(scope.token);
      programmed.push({ answer, token, left: scope.times ?? Infinity });
    },
    answerTruly: () => {
      programmed = [];
    },
    nextId: () => randomUUID().toUpperCase(),
  };
}

function hexOf(token: Buffer | string): string {
  return typeof token === "string" ? token.toLowerCase() : token.toString("hex");
}
