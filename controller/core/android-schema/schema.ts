/** What `reeve facts android` writes. Made from Google's discovery document; holds none of its texts. */
export interface AndroidTables {
  /** `androidmanagement:v1 20260917`: the interface and the revision of the document. */
  readonly label: string;
  /** By Google's own name, such as `Policy`. */
  readonly schemas: Readonly<Record<string, AndroidSchema>>;
  /** By id without the name of the interface, such as `enterprises.policies.patch`. */
  readonly methods: Readonly<Record<string, AndroidMethod>>;
  /** Parameters of the query that every method takes, such as `fields`. */
  readonly parameters: Readonly<Record<string, AndroidParameter>>;
}

/** One kind of object. */
export interface AndroidSchema {
  readonly deprecated?: true;
  readonly fields: Readonly<Record<string, AndroidField>>;
}

/** One field of an object: its form, and what is said of it beside. */
export type AndroidField = AndroidForm & {
  /** A body without it, or with an empty text or list, is refused. */
  readonly required?: true;
  /** Google writes it; what a body says there is ignored. */
  readonly outputOnly?: true;
  readonly deprecated?: true;
};

/** What a value looks like in JSON. */
export type AndroidForm =
  | { readonly type: PlainType }
  | {
      readonly type: "enum";
      readonly values: readonly string[];
      readonly deprecatedValues?: readonly string[];
    }
  | { readonly type: "message"; readonly schema: string }
  | { readonly type: "list"; readonly of: AndroidForm }
  /** An object with any names. */
  | { readonly type: "map"; readonly of: AndroidForm };

/** `int64`, `bytes`, `timestamp`, `duration` and `fieldMask` are texts of a form of their own. */
export type PlainType =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "float"
  | "double"
  | "bytes"
  | "timestamp"
  | "duration"
  | "fieldMask"
  | "any";

/** One call. */
export interface AndroidMethod {
  readonly http: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** From the root, such as `v1/{+name}:cancel`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, AndroidParameter>>;
  /** The schema of the body, where there is one. */
  readonly request?: string;
  readonly response: string;
}

export interface AndroidParameter {
  readonly in: "path" | "query";
  readonly form: AndroidForm;
  readonly required?: true;
  /** May be said several times. */
  readonly repeated?: true;
  /** Regular expression of the whole value. */
  readonly pattern?: string;
}
