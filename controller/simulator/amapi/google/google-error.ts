import type { Json } from "../kept.ts";

/** A refusal in Google's form: `{error: {code, message, status, details?}}`. */
export class GoogleError extends Error {
  readonly http: number;
  readonly status: string;
  readonly details: readonly Json[];

  constructor(http: number, status: string, message: string, details: readonly Json[] = []) {
    super(message);
    this.http = http;
    this.status = status;
    this.details = details;
  }
  get body(): Json {
    const { http: code, message, status, details } = this;
    return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
  }
}

/** 404 for whatever is not there, also for a device that was deleted. */
export function notFound(): GoogleError {
  return new GoogleError(404, "NOT_FOUND", "Requested entity was not found.");
}

export function invalid(
  message: string,
  fields: readonly { field: string; description: string }[] = [],
): GoogleError {
  const details = [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: fields }];
  return new GoogleError(400, "INVALID_ARGUMENT", message, fields.length > 0 ? details : []);
}

/** An enterprise of somebody else and one that is not there are told apart by nobody. */
export function notAuthorized(): GoogleError {
  return new GoogleError(403, "PERMISSION_DENIED", "Caller is not authorized to manage enterprise.");
}

export function wrongPolicyName(enterprise: string): GoogleError {
  return invalid(`policy_name is expected to start with ${enterprise}/policies/`);
}

/** 401; the text is the one that Google's front end gives. */
export function unauthenticated(): GoogleError {
  return new GoogleError(
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
  );
}

export function quotaExceeded(project: string): GoogleError {
  const service = "androidmanagement.googleapis.com";
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "RATE_LIMIT_EXCEEDED",
    domain: "googleapis.com",
    metadata: { service, consumer: `projects/${project}`, quota_metric: `${service}/requests` },
  };
  return new GoogleError(
    429,
    "RESOURCE_EXHAUSTED",
    `Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service '${service}' for consumer 'project_number:${project}'.`,
    [info],
  );
}

export function alreadyExists(id: string): GoogleError {
  return new GoogleError(409, "ALREADY_EXISTS", `Resource already exists in the project (resource=${id}).`);
}

export function resourceNotFound(id: string): GoogleError {
  return new GoogleError(404, "NOT_FOUND", `Resource not found (resource=${id}).`);
}
