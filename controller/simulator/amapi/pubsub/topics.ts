/** What a subscriber receives. */
export type Message = {
  readonly messageId: string;
  readonly publishTime: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly data?: string;
};

export type Topic = {
  readonly name: string;
  /** Member to roles, of `setIamPolicy`. */
  bindings: readonly { readonly role: string; readonly members: readonly string[] }[];
};

/** A message that waits in a subscription. */
export type Waiting = {
  readonly message: Message;
  readonly publishedAt: number;
  /** Nobody is given it before that: it is leased, or a fault delays it. */
  notBefore: number;
  deliveries: number;
  ackId: string;
};

export type Subscription = {
  readonly name: string;
  readonly topic: string;
  readonly ackDeadlineMs: number;
  /** Kept and shown; nothing is pushed. */
  pushConfig: { readonly [field: string]: unknown };
  readonly retentionMs: number;
  /** After how long without a reader it is deleted; never when it is absent. */
  readonly expiresAfterMs?: number;
  waiting: Waiting[];
};
