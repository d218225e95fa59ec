import { type Call, nextNumber } from "../cloud.ts";
import { type Json, PLAY_VERSION } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { enterpriseOf, policyNameOf, rowsIn } from "./enterprise-of.ts";
import { applyMask, checkMask, maskOf } from "./field-mask.ts";
import { invalid, notFound } from "./google-error.ts";
import { DOCUMENTED_PAGE, listed, page } from "./paging.ts";
import { asGoogleWrites, durationMs, timestamp } from "./wire-json.ts";

const WEEK = 7 * 86_400_000;

/** `applications.get`: every well-formed package is in the emulated store, unless a test took it out. */
export function getApplication({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  const packageName = name.split("/").at(-1) ?? "";
  const isForm = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/.test(packageName);
  if (!isForm || cloud.kept.missingApps.has(packageName)) throw notFound();
  const versionCode = cloud.kept.appVersions.get(packageName) ?? PLAY_VERSION;
  return {
    name,
    title: packageName.split(".").at(-1),
    appPricing: "FREE",
    minAndroidSdkVersion: 24,
    playStoreUrl: `https://emulated.invalid/store/${packageName}`,
    appVersions: [{ versionCode, versionString: String(versionCode / 100), production: true }],
  };
}

export function createWebApp({ cloud, name: enterprise, body }: Call): Json {
  enterpriseOf(cloud, enterprise);
  checkBody("WebApp", body);
  if (!/^https?:\/\//.test(String(body.startUrl ?? ""))) throw invalid("start_url must be a valid URL.");
  const name = `${enterprise}/webApps/com.google.enterprise.webapp.x${nextNumber(cloud).toString(16)}`;
  const webApp = asGoogleWrites("WebApp", { ...body, name, versionCode: 1 });
  cloud.kept.webApps.set(name, webApp);
  return webApp;
}

export function getWebApp({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  const found = cloud.kept.webApps.get(name);
  if (found === undefined) throw notFound();
  return found;
}

export function listWebApps({ cloud, name, query }: Call): Json {
  enterpriseOf(cloud, name);
  const all = rowsIn(cloud.kept.webApps, `${name}/webApps`);
  const { items, next } = page(all, ([id]) => id, query, cloud.knobs.smallPage);
  return listed(
    "webApps",
    items.map(([, webApp]) => webApp),
    next,
  );
}

/** `webApps.patch`: each change is a version of its own, as with every app. */
export function patchWebApp(call: Call): Json {
  const { cloud, name, query } = call;
  const old = getWebApp(call);
  checkBody("WebApp", call.body, true);
  const mask = maskOf(query);
  if (mask !== undefined) checkMask("WebApp", mask);
  const body = mask === undefined ? call.body : applyMask(old, call.body, mask);
  checkBody("WebApp", body);
  const webApp = asGoogleWrites("WebApp", { ...body, name, versionCode: Number(old.versionCode) + 1 });
  cloud.kept.webApps.set(name, webApp);
  return webApp;
}

export function deleteWebApp(call: Call): Json {
  getWebApp(call);
  call.cloud.kept.webApps.delete(call.name);
  return {};
}

/** `webTokens.create`: a token for the store inside another page; it opens nothing here. */
export function createWebToken({ cloud, name: enterprise, body }: Call): Json {
  enterpriseOf(cloud, enterprise);
  checkBody("WebToken", body);
  if (!/^https:\/\//.test(String(body.parentFrameUrl ?? "")))
    throw invalid("parent_frame_url must be an https URL.");
  const number = nextNumber(cloud);
  const name = `${enterprise}/webTokens/${number}`;
  return asGoogleWrites("WebToken", { ...body, name, value: `emulated-web-token-${number}` });
}

/** `migrationTokens.create`: kept and shown; that a device comes over with it is not modelled. */
export function createMigrationToken({ cloud, name: enterprise, body }: Call): Json {
  enterpriseOf(cloud, enterprise);
  checkBody("MigrationToken", body);
  const ttl = durationMs(body.ttl) ?? WEEK;
  if (ttl > WEEK) throw invalid("ttl must be at most 7 days.");
  const number = nextNumber(cloud);
  const token = asGoogleWrites("MigrationToken", {
    ...body,
    policy: policyNameOf(enterprise, String(body.policy ?? "")),
    name: `${enterprise}/migrationTokens/${number}`,
    value: `emulated-migration-token-${number}`,
    createTime: timestamp(cloud.now()),
    expireTime: timestamp(cloud.now() + ttl),
  });
  delete token.ttl;
  cloud.kept.migrationTokens.set(String(token.name), token);
  return token;
}

export function getMigrationToken({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  const found = cloud.kept.migrationTokens.get(name);
  if (found === undefined) throw notFound();
  return found;
}

export function listMigrationTokens({ cloud, name, query }: Call): Json {
  enterpriseOf(cloud, name);
  const all = rowsIn(cloud.kept.migrationTokens, `${name}/migrationTokens`);
  const { items, next } = page(all, ([id]) => id, query, DOCUMENTED_PAGE);
  return listed(
    "migrationTokens",
    items.map(([, token]) => token),
    next,
  );
}
