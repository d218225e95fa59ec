import { enrollmentProfile } from "../loop/enroll.ts";
import type { Installation } from "./installation.ts";

/** Where a profile obtains an identity, and with what. */
export interface Scep {
  readonly url: string;
  readonly challenge: string;
}

const monthMs = 30 * 86_400_000;

/** The installation's own SCEP server, with a challenge that is good for so many identities within a month. */
export async function scepOf(house: Installation, uses: number): Promise<Scep> {
  const invitation = { uses, expiresAt: house.world.now() + monthMs, by: "test" };
  const text = (await enrollmentProfile(house.controller.enroll, invitation, false)).toString();
  const textOf = (key: string): string =>
    new RegExp(`<key>${key}</key>\\s*<string>([^<]+)<`).exec(text)?.[1] ?? "";
  return { url: textOf("URL"), challenge: textOf("Challenge") };
}

/** A payload that obtains an identity there, in YAML flow style. */
export function scepPayload({ url, challenge }: Scep): string {
  const content = `URL: "${url}", Challenge: "${challenge}", Keysize: 2048, Retries: 1, RetryDelay: 1`;
  return `type: com.apple.security.scep, content: {PayloadContent: {${content}}}`;
}
