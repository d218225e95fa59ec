import { Stalled } from "../../errors.ts";

const part = "[A-Za-z0-9_~-][A-Za-z0-9_.~-]*";
const kinds = {
  device: new RegExp(`^enterprises/${part}/devices/${part}$`),
  operation: new RegExp(`^enterprises/${part}/devices/${part}/operations/${part}$`),
  policy: new RegExp(`^enterprises/${part}/policies/${part}$`),
  token: new RegExp(`^enterprises/${part}/enrollmentTokens/${part}$`),
} as const;

/**
 * The name itself, when it is one of such a thing. Throws Stalled for any other, and nothing is sent. Names of Google's go
 * into the path of a request as they are: to delete a token that is called like a device is to delete, and so to erase,
 * that device. What is remembered of them is in the database, and whoever has its password writes it.
 */
export function checkedName(kind: keyof typeof kinds, name: string): string {
  if (kinds[kind].test(name)) return name;
  throw new Stalled("google-name", `${JSON.stringify(name.slice(0, 200))} is no name of a ${kind} at Google`);
}
