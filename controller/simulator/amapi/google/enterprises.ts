import { type Call, type Cloud, nextNumber } from "../cloud.ts";
import type { EnterpriseRow, Json } from "../kept.ts";
import { publish } from "../pubsub/publish.ts";
import { checkBody } from "./check-body.ts";
import { forgetDevice } from "./delete-device.ts";
import { enterpriseOf, rowsIn } from "./enterprise-of.ts";
import { applyMask, checkMask, maskOf } from "./field-mask.ts";
import { invalid } from "./google-error.ts";
import { listed, page } from "./paging.ts";
import { asGoogleWrites } from "./wire-json.ts";

/** `enterprises.create`: takes the signup whose person came back with its token. */
export function createEnterprise({ cloud, query, body }: Call): Json {
  checkBody("Enterprise", body);
  const signup = cloud.kept.signups.get(query.get("signupUrlName") ?? "");
  if (signup === undefined || signup.used || signup.token !== query.get("enterpriseToken"))
    throw invalid("The enterprise token or the signup URL name is not valid.");
  if (signup.projectId !== query.get("projectId"))
    throw invalid("project_id is not the one of the signup URL.");
  signup.used = true;
  return shown(...makeEnterprise(cloud, signup.projectId, body));
}

/** A new enterprise of a project; its name is made up unless one is given. */
export function makeEnterprise(
  cloud: Cloud,
  projectId: string,
  body: Json,
  name = `enterprises/LC${(0x2000000 + nextNumber(cloud) * 7_919).toString(36)}`,
): [string, EnterpriseRow] {
  const { name: _, ...given } = asGoogleWrites("Enterprise", body);
  const row: EnterpriseRow = { projectId, body: {} };
  cloud.kept.enterprises.set(name, row);
  write(cloud, name, row, given);
  return [name, row];
}

/** `enterprises.patch`. Setting a topic is answered with a message without data, which readers must bear. */
export function patchEnterprise({ cloud, name, query, body }: Call): Json {
  const row = enterpriseOf(cloud, name);
  checkBody("Enterprise", body, true);
  const mask = maskOf(query)?.filter((path) => path !== "name");
  if (mask !== undefined) checkMask("Enterprise", mask);
  const { name: _, ...given } = body;
  write(cloud, name, row, mask === undefined ? given : applyMask(row.body, given, mask));
  return shown(name, row);
}

function write(cloud: Cloud, name: string, row: EnterpriseRow, body: Json): void {
  const before = row.body.pubsubTopic;
  row.body = asGoogleWrites("Enterprise", body);
  const topic = row.body.pubsubTopic;
  if (typeof topic === "string" && !/^projects\/[^/]+\/topics\/[^/]+$/.test(topic))
    throw invalid("pubsub_topic must have the form projects/{project}/topics/{topic}.");
  if (topic !== undefined && topic !== before && cloud.knobs.testMessage)
    publish(cloud, name, "TEST", () => undefined);
}

export function getEnterprise({ cloud, name }: Call): Json {
  return shown(name, enterpriseOf(cloud, name));
}

/** `enterprises.list`: the enterprises of a project, by name and display name alone. */
export function listEnterprises({ cloud, query }: Call): Json {
  const projectId = query.get("projectId") ?? "";
  if (projectId === "") throw invalid("project_id must be set.");
  const all = rowsIn(cloud.kept.enterprises, "enterprises").filter(([, row]) => row.projectId === projectId);
  const { items, next } = page(all, ([name]) => name, query, cloud.knobs.smallPage);
  const brief = items.map(([name, { body }]) =>
    asGoogleWrites("Enterprise", { name, enterpriseDisplayName: body.enterpriseDisplayName }),
  );
  return listed("enterprises", brief, next);
}

/** `enterprises.delete`: its devices go with it. */
export function deleteEnterprise({ cloud, name }: Call): Json {
  enterpriseOf(cloud, name);
  for (const [device] of rowsIn(cloud.kept.devices, `${name}/devices`)) forgetDevice(cloud, device, [], "");
  for (const rows of [cloud.kept.policies, cloud.kept.tokens, cloud.kept.webApps, cloud.kept.migrationTokens])
    for (const key of [...rows.keys()]) if (key.startsWith(`${name}/`)) rows.delete(key);
  cloud.kept.enterprises.delete(name);
  return {};
}

export function generateUpgradeUrl({ cloud, name }: Call): Json {
  enterpriseOf(cloud, name);
  return { url: `https://emulated.invalid/upgrade/${name.split("/")[1]}` };
}

function shown(name: string, { body }: EnterpriseRow): Json {
  return { name, ...body };
}
