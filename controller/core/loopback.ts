/** Whether a host, as a URL or a socket names it, is this machine whatever the name service says of others. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
