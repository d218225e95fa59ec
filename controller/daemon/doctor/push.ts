import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { readPushCertificate } from "../../apple/push-certificate.ts";
import type { Finding, Patient } from "../../cli/doctor.ts";
import { daysLeft } from "../../core/expiry.ts";
import { describe } from "../../errors.ts";
import type { PushCertificateView } from "../../loop/push-certificate.ts";

/** The push certificate: there, of use, and of the topic that enrolled devices expect. */
export async function checkPushCertificate(patient: Patient): Promise<readonly Finding[]> {
  const check = "push certificate";
  const { pushCertificateFile, pushKeyFile } = patient.config.apple;
  const view = await patient.ask<PushCertificateView>("/v1/apple/push-certificate").catch(() => undefined);
  let own: { readonly topic: string; readonly notAfter: number } | undefined;
  if (pushCertificateFile !== undefined && pushKeyFile !== undefined) {
    try {
      const [certificatePem, keyPem] = [
        readFileSync(pushCertificateFile, "utf8"),
        readFileSync(pushKeyFile, "utf8"),
      ];
      own = readPushCertificate({ certificatePem, keyPem }, {});
    } catch (error) {
      return [{ check, status: "fail", says: describe(error), hint: "reeve apple push-import" }];
    }
  } else if (view?.topic !== undefined) own = { topic: view.topic, notAfter: view.notAfter ?? 0 };
  if (own === undefined) {
    const says =
      view === undefined ? "none in files, and no daemon says whether one is in the store" : "there is none";
    return [{ check, status: view === undefined ? "warn" : "fail", says, hint: "reeve apple push-csr" }];
  }
  return [judge(own, patient.now()), ...topics(own.topic, view)];
}

function judge({ topic, notAfter }: { topic: string; notAfter: number }, now: number): Finding {
  const check = "push certificate";
  const days = daysLeft(notAfter, now);
  const hint = "Renew it at https://identity.apple.com, with the account that made it.";
  if (days < 0)
    return { check, status: "fail", says: `it ended ${-days} days ago: no device can be woken`, hint };
  const says = `${topic}, good for ${days} days`;
  return days <= 60 ? { check, status: "warn", says, hint } : { check, status: "pass", says };
}

function topics(topic: string, view: PushCertificateView | undefined): readonly Finding[] {
  if (view === undefined) return [];
  const check = "push topic";
  const lost = view.expected.filter((one) => one.topic !== topic);
  const devices = lost.reduce((all, one) => all + one.devices, 0);
  if (devices === 0) return [{ check, status: "pass", says: "the one that every enrolled device expects" }];
  const hint = "They cannot be woken: put the certificate of their topic back, or enroll them again.";
  const says = `${devices} enrolled devices expect ${lost.map((one) => one.topic).join(", ")}`;
  return [{ check, status: "fail", says, hint }];
}

/** Apple's push service, or the one that is configured in its place. */
export async function checkGateway({ config: { apple } }: Patient): Promise<readonly Finding[]> {
  const { address = "api.push.apple.com", port = 443, caFile } = apple.apns;
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) };
  return [await greet(address, port, ca)];
}

function greet(host: string, port: number, trust: { readonly ca?: Buffer }): Promise<Finding> {
  const check = "push gateway";
  return new Promise((resolve) => {
    const options = { host, port, servername: host, ALPNProtocols: ["h2"], timeout: 5_000, ...trust };
    const socket = connect(options, () => {
      const spoken = socket.alpnProtocol === "h2";
      socket.destroy();
      const says = `${host}:${port} ${spoken ? "answers" : "answers, and does not speak HTTP/2"}`;
      resolve({ check, status: spoken ? "pass" : "fail", says });
    });
    const fail = (why: string): void => {
      socket.destroy();
      const hint =
        "Let this host out to api.push.apple.com, port 443 or 2197; a proxy must not open its TLS.";
      resolve({ check, status: "fail", says: `${host}:${port}: ${why}`, hint });
    };
    socket.once("timeout", () => fail("it does not answer within 5 s"));
    socket.once("error", (error) => fail(error.message));
  });
}
