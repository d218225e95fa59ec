import { rename } from "node:fs/promises";
import { resolve } from "node:path";
import { checkPushCertificate, type PushCertificateView } from "../loop/push-certificate.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import { readTextAt, type Session, writeFileAt } from "./session.ts";

/**
 * Checks a push certificate against the devices that are enrolled, and puts it where the configuration says: into the
 * configured files, else sealed into the daemon's store.
 */
export async function importPush(
  session: Session,
  certificate: string,
  key: string,
  force: boolean,
): Promise<ExitCode> {
  const { cwd } = session.io;
  const certificatePem = await readTextAt(cwd, certificate, "certificate");
  const keyPem = await readTextAt(cwd, key, "key");
  const client = await session.client();
  const now = await client.get<PushCertificateView>("/v1/apple/push-certificate", {});
  const checked = checkPushCertificate({ certificatePem, keyPem }, now.expected, {
    now: session.io.now(),
    force,
  });
  const { apple } = now.origin === "files" ? await session.loadConfig() : { apple: undefined };
  const files = [apple?.pushCertificateFile, apple?.pushKeyFile] as const;
  if (files[0] !== undefined && files[1] !== undefined) {
    await replaceFile(cwd, files[1], checked.keyPem);
    await replaceFile(cwd, files[0], checked.certificatePem);
  } else {
    const body = { certificate: certificatePem, key: keyPem, ...(force ? { force } : {}) };
    await client.post("/v1/apple/push-certificate", body);
  }
  const { topic, notAfter } = checked;
  const where = files[0] === undefined ? "the store, sealed" : `${files[0]} and ${files[1]}`;
  await session.show({ topic, notAfter, origin: now.origin === "files" ? "files" : "store" }, () => {
    const until = new Date(notAfter).toISOString().slice(0, 10);
    return `Imported into ${where}: topic ${clean(topic)}, valid until ${until}.\nRestart the daemon to use it.\n`;
  });
  return exitCodes.inOrder;
}

/** Whoever reads the file meanwhile reads the old one or the new one. */
async function replaceFile(cwd: string, file: string, content: string): Promise<void> {
  await writeFileAt(cwd, `${file}.new`, content);
  await rename(resolve(cwd, `${file}.new`), resolve(cwd, file));
}
