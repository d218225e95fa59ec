/** The families of files that Apple's device management schema has. */
export const schemaKinds = [
  "payload",
  "command",
  "checkin",
  "declaration",
  "credential",
  "status",
  "protocol",
  "error",
  "other",
] as const;
export type SchemaKind = (typeof schemaKinds)[number];

/** The systems of Apple's schema. Its iOS is iPadOS too. */
export const systems = ["ios", "macos", "tvos", "visionos", "watchos"] as const;
export type System = (typeof systems)[number];

/** What `reeve facts apple` writes for each kind. Made from Apple's schema; holds none of its texts. */
export interface SchemaTable {
  /** The commit and OS version of the schema it was made from. */
  readonly label: string;
  readonly entries: readonly SchemaEntry[];
}

/** One file of the schema. Several files may describe one type. */
export interface SchemaEntry {
  /** A payload type, request type, declaration type or name of a status item. */
  readonly type: string;
  readonly file: string;
  readonly os?: OsGates;
  /** How several configurations of one declaration type are applied. */
  readonly apply?: "single" | "multiple" | "combined";
  readonly keys?: KeyList;
  /** Commands and check-ins: what the answer holds. */
  readonly response?: KeyList;
  /** Lists of keys that are used in several places, also within themselves, by number. */
  readonly shared?: readonly (readonly SchemaKey[])[];
}

/** Keys, or the number of a shared list of them. */
export type KeyList = readonly SchemaKey[] | number;

export type ValueType =
  | "string"
  | "integer"
  | "real"
  | "boolean"
  | "date"
  | "data"
  | "array"
  | "dictionary"
  | "any";

/** One key. In a dictionary a name that begins with `ANY` stands for every other name. */
export interface SchemaKey {
  readonly key: string;
  readonly type: ValueType;
  readonly required?: true;
  readonly values?: readonly (string | number | boolean)[];
  /** Least and most; null where there is no bound. */
  readonly range?: readonly [number | null, number | null];
  readonly pattern?: string;
  /** What kind of text a string is, such as `url` or `hostname`. */
  readonly format?: string;
  /** Least and most number of elements. */
  readonly repeat?: readonly [number, number];
  /** Declarations: the types of asset that the text may name. */
  readonly assets?: readonly string[];
  readonly combine?: string;
  /** What is so without the key. */
  readonly default?: string | number | boolean;
  /** What differs from the entry's, or the parent's, gates. */
  readonly os?: OsGates;
  /**
   * Of a dictionary its keys; of an array the forms of its elements, several where they are told apart by a key;
   * of anything else its possible values.
   */
  readonly keys?: KeyList;
}

/** Gates by system. A system that is missing is not spoken of. */
export type OsGates = Readonly<Partial<Record<System, OsGate>>>;

/** What a device has to be like. What is missing is inherited; what nobody says is no condition. */
export interface OsGate {
  /** A version, or `n/a`: never on this system. */
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  /** The right of the enrollment profile that a command needs. */
  readonly rights?: string;
  readonly multiple?: boolean;
  readonly deviceChannel?: boolean;
  readonly userChannel?: boolean;
  readonly supervised?: boolean;
  /** Only devices of Automated Device Enrollment. */
  readonly automated?: boolean;
  readonly userApproved?: boolean;
  /** Declarations: `supervised`, `device`, `user`, `local`. */
  readonly enrollments?: readonly string[];
  /** Declarations: `system`, `user`. */
  readonly scopes?: readonly string[];
  readonly sharedIpad?: {
    readonly mode?: Mode;
    readonly deviceChannel?: boolean;
    readonly userChannel?: boolean;
    readonly scopes?: readonly string[];
  };
  readonly userEnrollment?: Mode;
  readonly beta?: boolean;
}

export type Mode = "allowed" | "required" | "forbidden" | "ignored";
