import type { Message } from "./message.ts";

/**
 * The body for a webhook: CloudEvents 1.0 in the JSON batch format, one for each news. Their ids are the same when a
 * message comes twice.
 */
export function cloudEvents({ organization, notices, id }: Message): string {
  return JSON.stringify(
    notices.map((notice) => ({
      specversion: "1.0",
      id: `${id}/${notice.key.slice(0, 16)}`,
      source: `/reeve/${encodeURIComponent(organization)}`,
      type: `reeve.${notice.type}`,
      ...(notice.subject === undefined ? {} : { subject: notice.subject }),
      time: new Date(notice.at).toISOString(),
      datacontenttype: "application/json",
      data: {
        topic: notice.topic,
        message: notice.message,
        ...(notice.by === undefined ? {} : { by: notice.by }),
        ...(notice.revision === undefined ? {} : { revision: notice.revision }),
        devices: notice.devices,
        examples: notice.examples,
      },
    })),
  );
}

export const cloudEventsType = "application/cloudevents-batch+json";
