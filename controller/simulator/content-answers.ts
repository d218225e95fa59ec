import type { ContentBooks, ContentEvent } from "./content-books.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** An HTTP answer. */
export type Answer = {
  readonly status: number;
  readonly body: object;
  readonly headers?: Record<string, string>;
};

/** Who manages a location, in Apple's words. */
export type MdmInfo = { readonly id: string; readonly name: string; readonly metadata: string };

/** One location, as its endpoints see it. */
export type ContentLocation = {
  readonly books: ContentBooks;
  readonly uId: string;
  readonly name: string;
  readonly pageSize: number;
  readonly maxSerialNumbers: number;
  manager: MdmInfo | undefined;
};

function base({ uId }: ContentLocation) {
  return { tokenExpirationDate: "2030-11-08T22:33:22+0000", uId };
}

/** GET service/config. */
export function serviceConfig({ maxSerialNumbers }: ContentLocation, url: string): Answer {
  const limits = { maxAssets: 25, maxSerialNumbers, maxClientUserIds: 1_000 };
  const urls = {
    clientConfig: `${url}/client/config`,
    getAssets: `${url}/assets`,
    getAssignments: `${url}/assignments`,
    associateAssets: `${url}/assets/associate`,
    disassociateAssets: `${url}/assets/disassociate`,
    eventStatus: `${url}/status`,
  };
  return ok({ errorCodes: [], limits, notificationTypes: [], urls });
}

/** GET and POST client/config. */
export function clientConfig(location: ContentLocation, body: Fields | undefined): Answer {
  if (body?.mdmInfo !== undefined) {
    const { id, name, metadata } = body.mdmInfo as Fields;
    if (![id, name, metadata].every((one) => typeof one === "string" && one !== "")) return refuse(9723);
    location.manager = body.mdmInfo as MdmInfo;
  }
  const info = location.manager === undefined ? {} : { mdmInfo: location.manager };
  return ok({ ...base(location), countryISO2ACode: "DE", locationName: location.name, ...info });
}

/** GET assets. */
export function assets(location: ContentLocation, query: URLSearchParams): Answer {
  const { books } = location;
  const wanted = query.get("adamId");
  const listed = [...books.assets.values()].filter((one) => wanted === null || one.adamId === wanted);
  const described = listed.map(({ adamId, total, deviceAssignable = true }) => {
    const assignedCount = books.holders(adamId).length;
    return {
      adamId,
      assignedCount,
      availableCount: Math.max(0, total - assignedCount),
      deviceAssignable,
      pricingParam: "STDQ",
      productType: "App",
      retiredCount: 0,
      revocable: true,
      totalCount: total,
    };
  });
  return ok({
    ...base(location),
    assets: described,
    currentPageIndex: 0,
    size: listed.length,
    totalPages: 1,
  });
}

/** GET assignments. */
export function assignments(location: ContentLocation, query: URLSearchParams): Answer {
  const adamId = query.get("adamId") ?? "";
  const page = Number(query.get("pageIndex") ?? 0);
  const { books, pageSize } = location;
  const all = books.holders(adamId);
  const totalPages = Math.max(1, Math.ceil(all.length / pageSize));
  if (!Number.isInteger(page) || page < 0 || page >= totalPages) return refuse(9650);
  const listed = all.slice(page * pageSize, (page + 1) * pageSize);
  return ok({
    ...base(location),
    assignments: listed.map((serialNumber) => ({ adamId, serialNumber, pricingParam: "STDQ" })),
    currentPageIndex: page,
    size: listed.length,
    totalPages,
    ...(page + 1 < totalPages ? { nextPageIndex: page + 1 } : {}),
  });
}

/** POST assets/associate and assets/disassociate: an event begins. */
export function change(
  location: ContentLocation,
  type: ContentEvent["type"],
  body: Fields | undefined,
  script: ContentEvent["script"],
): Answer {
  const { books, maxSerialNumbers } = location;
  const adamIds = ((body?.assets ?? []) as readonly Fields[]).map((one) => String(one.adamId));
  const serials = (body?.serialNumbers ?? []) as readonly string[];
  if (adamIds.length === 0) return refuse(9718);
  if (serials.length === 0) return refuse(9719);
  if (adamIds.length > 25) return refuse(9700);
  if (serials.length > maxSerialNumbers) return refuse(9702);
  if (new Set(serials).size !== serials.length) return refuse(9705);
  if (adamIds.some((id) => books.assets.get(id)?.deviceAssignable === false)) return refuse(9707);
  const { id } = books.begin(type, adamIds, serials, script);
  return ok({ ...base(location), eventId: id });
}

/** GET status. */
export function eventStatus(location: ContentLocation, query: URLSearchParams): Answer {
  const event = location.books.event(query.get("eventId") ?? "");
  if (event === undefined) return refuse(9708);
  const failures = event.failures.map(({ number, serials }) => ({
    errorInfo: { serialNumbers: serials },
    errorMessage: `number ${number}`,
    errorNumber: number,
  }));
  return ok({
    ...base(location),
    eventType: event.type,
    eventStatus: event.done ? (failures.length > 0 ? "FAILED" : "COMPLETE") : "PENDING",
    ...(failures.length > 0 ? { failures } : {}),
    numRequested: event.serials.length,
    numCompleted: event.done ? event.serials.length : 0,
  });
}

function ok(body: object): Answer {
  return { status: 200, body };
}

/** An ErrorResponse with this number. */
export function refuse(number: number, status = 400): Answer {
  return { status, body: { errorNumber: number, errorMessage: `number ${number}` } };
}
