/** What to install, as a template: device variables and secrets are put in at the moment of sending. */
export type Content =
  | ProfileContent
  | AppContent
  | BookContent
  | DeclarationsContent
  | ImageContent
  | AndroidFragmentContent
  | AndroidAppContent;

export interface ProfileContent {
  readonly kind: "Profile";
  readonly identifier: string;
  readonly displayName: string;
  /** The top-level PayloadUUID by which ProfileList shows exactly this version. */
  readonly uuid: string;
  readonly scope: "device" | "user";
  readonly removable: "never" | "always" | { readonly password: string };
  readonly signed: boolean;
  readonly encrypt: "auto" | "always" | "never";
  /** When the device removes it by itself. A file says so itself. */
  readonly lasts?: Lasting;
  readonly body:
    | { readonly type: "payloads"; readonly payloads: readonly Payload[] }
    /** A `.mobileconfig` of the repository, base64. */
    | { readonly type: "file"; readonly bytes: string; readonly verbatim: boolean };
}

/** How long something stays: until a time (epoch ms), or for so long after its arrival; the sooner of both. */
export interface Lasting {
  readonly at?: number;
  readonly afterMs?: number;
}

export interface Payload {
  readonly type: string;
  /** Tells payloads of one type apart; `PayloadIdentifier` and inner UUID derive from it. */
  readonly name: string;
  readonly displayName?: string;
  /** Apple's own keys. `{"$data": base64}`, `{"$date": RFC 3339}` and `{"$real": "1.0"}` say what JSON cannot. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface AppContent {
  readonly kind: "App";
  /** The bundle id by which the device reports it. */
  readonly bundleId: string;
  readonly source:
    | { readonly type: "bundleId" }
    | { readonly type: "appStoreId"; readonly id: number }
    | { readonly type: "manifestUrl"; readonly url: string };
  readonly license: "device" | "user" | "none";
  readonly removeOnUnenroll: boolean;
  readonly preventBackup: boolean;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Of the secrets that config and attributes use: a new value is another content. */
  readonly fingerprint?: string;
}

export interface BookContent {
  readonly kind: "Book";
  readonly source: /** Of the Book Store, by a licence of the user. */
    | { readonly type: "store"; readonly id: number }
    | {
        readonly type: "url";
        readonly url: string;
        readonly persistentId: string;
        readonly format?: "pdf" | "epub" | "ibooks";
        readonly version?: string;
        readonly author?: string;
        readonly title?: string;
      };
}

/** A picture of the repository, which acts name by its digest. */
export interface ImageContent {
  readonly kind: "Image";
  /** Base64. */
  readonly bytes: string;
}

/** A part of an Android Management policy (Google's reference: enterprises.policies). */
export interface AndroidFragmentContent {
  readonly kind: "AndroidFragment";
  readonly displayName: string;
  /** Google's own keys, from `android` and `settings`; never `applications`. */
  readonly policy: Readonly<Record<string, unknown>>;
  /** Of the secrets that it uses: a new value is another content. */
  readonly fingerprint?: string;
}

/** An element of `applications` of an Android Management policy. */
export interface AndroidAppContent {
  readonly kind: "AndroidApp";
  /** Google's own keys (ApplicationPolicy). */
  readonly application: Readonly<Record<string, unknown>>;
  readonly fingerprint?: string;
}

/** What one item is by declaration: each is fetched by the device itself. */
export interface DeclarationsContent {
  readonly kind: "Declarations";
  readonly displayName: string;
  readonly declarations: readonly DeclaredContent[];
  /** Settings that only a profile can say, wrapped by one more declaration: the digest of its content. */
  readonly profile?: string;
}

export interface DeclaredContent {
  readonly identifier: string;
  readonly type: string;
  /** Follows the content, and the secrets that it uses. */
  readonly token: string;
  /** Apple's own keys, as in `Payload.content`. */
  readonly content: Readonly<Record<string, unknown>>;
}
