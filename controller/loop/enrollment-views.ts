/** What an invitation became, as the API tells it. */
export interface EnrollmentView {
  /** A link that works until `expiresAt` and `uses` times. */
  readonly url?: string;
  /** The enrollment profile, base64. */
  readonly profile?: string;
  readonly expiresAt: number;
  readonly uses: number;
  /** The serial number of the only device that may use it. */
  readonly serial?: string;
  /** The code with which the holder of an account signs in; not shown when it is mailed. */
  readonly code?: string;
  /** The id by which a link is listed and revoked. */
  readonly id?: string;
  /** Whom a link of `enroll link` lets in. */
  readonly for?: readonly ("apple" | "android")[];
  /** What became of each mail; the links in them are shown to nobody else. */
  readonly mails?: readonly {
    readonly to: string;
    readonly sent: boolean;
    readonly id?: string;
    readonly reason?: string;
  }[];
}

/** Enrollment links that can still be used. */
export interface LinksView {
  readonly links: readonly {
    readonly id: string;
    readonly group?: string;
    readonly serial?: string;
    readonly mailedTo?: string;
    /** What is made of an Android device; absent for a link that lets none in. */
    readonly android?: string;
    readonly usesLeft: number;
    readonly expiresAt: number;
    readonly by: string;
    readonly createdAt: number;
  }[];
  /** Enrollment tokens at Google; absent where no enterprise is managed. */
  readonly tokens?: readonly {
    readonly id: string;
    readonly group?: string;
    /** One device may use it; else as many as come. */
    readonly oneTime: boolean;
    readonly expiresAt: number;
    readonly by: string;
    readonly createdAt: number;
  }[];
}

/** An enrollment token at Google, as it is told once. */
export interface AndroidEnrollmentView {
  /** By which it is listed and revoked. */
  readonly id: string;
  /** What a person types in where no code can be read. */
  readonly value: string;
  /** What the QR code says: a JSON text. */
  readonly qrCode: string;
  /** Gives a device in use its work profile when it is opened there; absent where the token allows none. */
  readonly enrollmentUrl?: string;
  /** The text for the portal of zero-touch enrollment. */
  readonly zeroTouch: string;
  readonly mode: "fullyManaged" | "dedicated" | "workProfile";
  readonly oneTime: boolean;
  readonly expiresAt: number;
}
