import type { Controller } from "../assemble.ts";
import type { Transport } from "../simulator/transport.ts";

/** The device plane of a controller without a socket in between; its address is `publicUrl`. */
export function injectInto(controller: Controller, publicUrl: string): Transport {
  return async ({ method, url, headers, body }) => {
    const response = await controller.devicePlane.app.inject({
      method,
      url: url.slice(publicUrl.length),
      headers: { ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    const names = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return { status: response.statusCode, headers: Object.fromEntries(names), body: response.rawPayload };
  };
}
