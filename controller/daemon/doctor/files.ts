import { existsSync, readFileSync, statSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Finding, Patient } from "../../cli/doctor.ts";

/** The keys of the configuration: there, readable by their owner alone, and the store's of the right form. */
export async function checkKeys({ config: { store, apple, device } }: Patient): Promise<readonly Finding[]> {
  const others = [
    ["push key", apple.pushKeyFile],
    ["TLS key", device.tls.keyFile],
    ["signing key", apple.profileSigning.keyFile],
  ] as const;
  return [
    storeKey(store.keyFile, store.databaseUrl === undefined ? join(store.directory, "db") : undefined),
    ...others.flatMap(([check, file]) => (file === undefined ? [] : [keyFile(check, file)])),
  ];
}

/** `made`: the folder that is there once an embedded store has been made; on a server the key must be there before. */
function storeKey(file: string, made: string | undefined): Finding {
  const check = "store key";
  if (!existsSync(file)) {
    if (made !== undefined && !existsSync(made))
      return { check, status: "pass", says: "it will be made at the first start" };
    const hint =
      made === undefined
        ? `Make it once, the same for every replica: openssl rand -hex 32 > ${file}`
        : "Put it back from its backup: without it nothing sealed can be opened.";
    return { check, status: "fail", says: `${file} is not there`, hint };
  }
  const found = keyFile(check, file);
  if (found.status === "fail") return found;
  if (/^[0-9a-f]{64}$/i.test(readFileSync(file, "utf8").trim())) return found;
  return {
    check,
    status: "fail",
    says: `${file} does not hold 64 hexadecimal digits`,
    hint: "openssl rand -hex 32",
  };
}

function keyFile(check: string, file: string): Finding {
  try {
    readFileSync(file);
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) return { check, status: "pass", says: `${file}, for its owner alone` };
    const says = `${file} can be read by others (mode ${mode.toString(8)})`;
    return { check, status: "warn", says, hint: `chmod 600 ${file}` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return {
      check,
      status: "fail",
      says: `${file} cannot be read: ${code}`,
      hint: "Mend the path, or its owner.",
    };
  }
}

const mib = 1024 * 1024;

/** Room where the store directory is, or will be. */
export async function checkDisk({ config: { store } }: Patient): Promise<readonly Finding[]> {
  const check = "disk";
  const { bavail, bsize } = await statfs(await existing(store.directory));
  const free = Math.floor((bavail * bsize) / mib);
  const says = `${free.toLocaleString("en")} MiB free at ${store.directory}`;
  if (free >= 2_048) return [{ check, status: "pass", says }];
  const hint = "The embedded store, its snapshots and the copy of the repository live there.";
  return [{ check, status: free < 256 ? "fail" : "warn", says, hint }];
}

async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined || dirname(folder) === folder ? folder : existing(dirname(folder));
}
