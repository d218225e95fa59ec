import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthenticator } from "./authenticate.ts";
import { readCertificateRequest } from "./certificate-request.ts";
import { createChallenge } from "./challenge.ts";
import {
  ecKey,
  hasTool,
  type KeyPair,
  makeAuthority,
  makeIdentity,
  makeRegistrar,
  rsaKey,
  run,
} from "./fixture.ts";
import { certificatePem, createLeaf } from "./identity.ts";
import { renderProfile } from "./profile.ts";
import { openProfile } from "./profile-file.ts";
import { createScepServer, type IssuedCertificate, readScepQuery } from "./scep.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { decryptEnvelope, encryptEnvelope } from "./wire/cms-enveloped.ts";
import { readSignedData, verifySignedData } from "./wire/cms-signed.ts";
import { signContent } from "./wire/cms-write.ts";

/** Programs look at the real clock, so these tests do too. */
const now = Date.now();
const body = "<plist version='1.0'><dict><key>Status</key><string>Idle</string></dict></plist>";

let authority: Awaited<ReturnType<typeof makeAuthority>>;
let folder: string;

beforeAll(async () => {
  authority = await makeAuthority(now);
  folder = mkdtempSync(join(tmpdir(), "reeve-interop-"));
  write("ca.pem", authority.pem.certificatePem);
  write("body", body);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
  return name;
}

function read(name: string): Buffer {
  return readFileSync(join(folder, name));
}

async function openssl(...parameters: readonly string[]): Promise<string> {
  return (await run("openssl", [...parameters], { cwd: folder })).stdout;
}

/** An identity of ours as files for a program. */
async function identityFiles(name: string, key: KeyPair): Promise<Buffer> {
  const { der } = await makeIdentity(authority, { key, now });
  write(`${name}.pem`, certificatePem(der));
  write(`${name}.key`, key.privateKey.export({ type: "pkcs8", format: "pem" }));
  return der;
}

const openSslTests = () => {
  const signature = ["cms", "-sign", "-binary", "-outform", "DER", "-in", "body", "-out", "signature"];

  async function sign(name: string, ...options: readonly string[]): Promise<string> {
    await openssl(...signature, "-signer", `${name}.pem`, "-inkey", `${name}.key`, ...options);
    return read("signature").toString("base64");
  }

  function verdict(header: string, content = body): string {
    const authenticate = createAuthenticator(authority.certificate);
    const result = authenticate(
      { body: Buffer.from(content), signature: header, certificate: undefined },
      now,
    );
    return result.type === "identity" ? "identity" : result.reason;
  }

  test("signs as a device does, in every form, and we agree", async () => {
    await identityFiles("rsa", rsaKey());
    await identityFiles("ec", ecKey("P-384"));

    expect(verdict(await sign("rsa"))).toBe("identity");
    expect(verdict(await sign("rsa"), `${body} `)).toBe("wrong-signature");
    expect(verdict(await sign("rsa", "-md", "sha512"))).toBe("identity");
    expect(verdict(await sign("rsa", "-keyid"))).toBe("identity");
    expect(verdict(await sign("rsa", "-noattr"))).toBe("identity");
    expect(verdict(await sign("rsa", "-nosmimecap", "-stream"))).toBe("identity");
    expect(verdict(await sign("rsa", "-nodetach", "-stream"))).toBe("identity");
    expect(verdict(await sign("rsa", "-certfile", "ca.pem"))).toBe("identity");
    expect(verdict(await sign("ec"))).toBe("identity");
    expect(verdict(await sign("ec", "-noattr"), "tampered")).toBe("wrong-signature");
  });

  test("makes what we refuse: SHA-1, two signers, no certificate, PSS", async () => {
    await identityFiles("one", rsaKey());
    await identityFiles("two", rsaKey());

    expect(verdict(await sign("one", "-md", "sha1"))).toBe("weak-signature");
    expect(verdict(await sign("one", "-signer", "two.pem", "-inkey", "two.key"))).toBe("malformed");
    expect(verdict(await sign("one", "-nocerts"))).toBe("malformed");
    expect(verdict(await sign("one", "-keyopt", "rsa_padding_mode:pss"))).toBe("malformed");
  });

  test("accepts our identities and no other use of them", async () => {
    await identityFiles("device", rsaKey());

    expect(
      await openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "-x509_strict", "device.pem"),
    ).toContain("OK");
    await expect(
      openssl("verify", "-CAfile", "ca.pem", "-purpose", "sslserver", "device.pem"),
    ).rejects.toThrow();
  });

  test("verifies our signed profile and finds our content in it", async () => {
    const leaf = await createLeaf(authority, { commonName: "profiles", usage: "signer", now });
    const signer = {
      certificate: parseCertificate(Buffer.from(leaf.certificatePem)).raw,
      chain: [authority.certificate.raw],
      key: createPrivateKey(leaf.keyPem),
    };
    const content = {
      kind: "Profile",
      identifier: "com.example.wifi",
      displayName: "Wi-Fi",
      uuid: "A5A54C2D-9E3E-5D4F-8C6B-000000000001",
      scope: "device",
      removable: "never",
      signed: true,
      encrypt: "never",
      body: {
        type: "payloads",
        payloads: [{ type: "com.apple.wifi.managed", name: "wifi", content: { SSID_STR: "x" } }],
      },
    } as const;
    const profile = await renderProfile(content, { substitute: (text) => text, now, signer });
    write("profile.mobileconfig", profile);

    await openssl(
      "cms",
      "-verify",
      "-inform",
      "DER",
      "-in",
      "profile.mobileconfig",
      "-CAfile",
      "ca.pem",
      "-purpose",
      "any",
      "-binary",
      "-out",
      "verified",
    );

    expect(read("verified").toString()).toContain("<string>com.apple.wifi.managed</string>");
    expect(openProfile(profile)).toMatchObject({ plist: { PayloadIdentifier: "com.example.wifi" } });
  });

  test("opens what we encrypt, and we open what it encrypts", async () => {
    const key = rsaKey();
    const der = await identityFiles("recipient", key);
    write("envelope", encryptEnvelope(Buffer.from(body), new X509Certificate(der)));

    await openssl(
      "cms",
      "-decrypt",
      "-inform",
      "DER",
      "-in",
      "envelope",
      "-recip",
      "recipient.pem",
      "-inkey",
      "recipient.key",
      "-out",
      "opened",
    );
    expect(read("opened").toString()).toBe(body);

    for (const cipher of ["-aes-128-cbc", "-aes-256-cbc", "-des3"]) {
      for (const form of [["-nosmimecap"], ["-stream"], ["-keyid"]]) {
        await openssl(
          "cms",
          "-encrypt",
          "-binary",
          cipher,
          ...form,
          "-outform",
          "DER",
          "-in",
          "body",
          "-out",
          "sealed",
          "recipient.pem",
        );
        expect(
          decryptEnvelope(read("sealed"), [{ certificate: { raw: der }, key: key.privateKey }]).toString(),
        ).toBe(body);
      }
    }
  });

  test("makes certificate requests that we read, but not with SHA-1", async () => {
    const config =
      "[req]\ndistinguished_name=dn\nattributes=a\nprompt=no\n[dn]\nCN=x\n[a]\nchallengePassword=open-sesame\n";
    write("request.cnf", config);
    const request = async (digest: string) => {
      await openssl(
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "request.key",
        digest,
        "-config",
        "request.cnf",
        "-outform",
        "DER",
        "-out",
        "request",
      );
      return read("request");
    };

    expect(readCertificateRequest(await request("-sha256")).challenge).toBe("open-sesame");
    const weak = await request("-sha1");
    expect(() => readCertificateRequest(weak)).toThrow("unacceptable signature");
  });

  test("signs profiles that we read, also as a stream", async () => {
    write(
      "plain.mobileconfig",
      '<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadIdentifier</key><string>a.b</string><key>PayloadUUID</key><string>U</string><key>PayloadContent</key><array/></dict></plist>',
    );
    await identityFiles("author", rsaKey());

    for (const form of ["-nosmimecap", "-stream"]) {
      await openssl(
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        form,
        "-outform",
        "DER",
        "-in",
        "plain.mobileconfig",
        "-signer",
        "author.pem",
        "-inkey",
        "author.key",
        "-out",
        "signed.mobileconfig",
      );
      expect(openProfile(read("signed.mobileconfig"))).toMatchObject({ plist: { PayloadIdentifier: "a.b" } });
    }
  });

  test("a server certificate for a host name and an address", async () => {
    const leaf = await createLeaf(authority, {
      commonName: "mdm",
      hosts: ["mdm.example", "127.0.0.1"],
      usage: "server",
      now,
    });
    write("server.pem", leaf.certificatePem);

    const verify = ["verify", "-CAfile", "ca.pem", "-purpose", "sslserver"];
    expect(await openssl(...verify, "-verify_hostname", "mdm.example", "server.pem")).toContain("OK");
    expect(await openssl(...verify, "-verify_ip", "127.0.0.1", "server.pem")).toContain("OK");
    await expect(openssl(...verify, "-verify_hostname", "other.example", "server.pem")).rejects.toThrow();
  });
};

const scepClientTests = () => {
  let server: Server;
  let issued: IssuedCertificate[];
  const challenge = createChallenge();

  beforeAll(async () => {
    issued = [];
    const scep = createScepServer(
      authority,
      {
        redeemChallenge: async (text) =>
          text === challenge ? { ok: true, enrollmentId: "enrollment-9" } : { ok: false },
        findCertificate: async (sha256) => issued.find((one) => one.sha256 === sha256),
        recordCertificate: async (one) => void issued.push(one),
      },
      { registrar: await makeRegistrar(authority, now) },
    );
    server = createServer((request, response) => void serve(scep, request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => server.close());

  async function serve(
    scep: ReturnType<typeof createScepServer>,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const chunks = await request.toArray();
    if (searchParams.get("operation") === "GetCACaps") return response.end(scep.capabilities());
    if (searchParams.get("operation") === "GetCACert") {
      const { type, body } = scep.authorityCertificates();
      return response.setHeader("content-type", type).end(body);
    }
    const posted =
      request.method === "POST" ? Buffer.concat(chunks) : readScepQuery(searchParams.get("message") ?? "");
    const { reply } = await scep.answer(posted ?? Buffer.alloc(0), now);
    return response.setHeader("content-type", "application/x-pki-message").end(reply);
  }

  function client(place: string, text: string) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scep`;
    const fingerprint = createHash("sha256").update(authority.certificate.raw).digest("hex");
    const files = ["-private-key", join(place, "key.pem"), "-certificate", join(place, "cert.pem")];
    return run(
      "scepclient",
      [
        "-server-url",
        url,
        "-challenge",
        text,
        "-ca-fingerprint",
        fingerprint,
        "-cn",
        "another-device",
        ...files,
      ],
      { cwd: place },
    );
  }

  test("fetches the authority, enrolls, and renews under the same enrollment", async () => {
    const place = mkdtempSync(join(folder, "scep-"));

    await client(place, challenge);
    const first = new X509Certificate(readFileSync(join(place, "cert.pem")));
    await client(place, "");
    const second = new X509Certificate(readFileSync(join(place, "cert.pem")));

    expect(first.subject).toBe("CN=enrollment-9");
    expect(first.verify(authority.certificate.publicKey)).toBe(true);
    expect(second.subject).toBe("CN=enrollment-9");
    expect(second.serialNumber).not.toBe(first.serialNumber);
    expect(issued.map((one) => one.renews)).toEqual([undefined, issued[0]?.sha256]);
  });

  test("is refused with a wrong challenge and understands that", async () => {
    const place = mkdtempSync(join(folder, "scep-"));

    await expect(client(place, createChallenge())).rejects.toMatchObject({
      stdout: expect.stringContaining("badRequest"),
    });
  });
};

if (hasTool("openssl", "version")) describe("openssl", openSslTests);
if (hasTool("scepclient", "-version")) describe("scepclient", scepClientTests);

test("a message that encloses content is checked against what was given", async () => {
  const { der, privateKey } = await makeIdentity(authority, { now });
  const signed = readSignedData(
    await signContent(Buffer.from("real"), { certificate: der, chain: [], key: privateKey }, { now }),
  );

  expect(() => verifySignedData(signed, Buffer.from("real"), new X509Certificate(der))).not.toThrow();
  expect(() => verifySignedData(signed, Buffer.from("fake"), new X509Certificate(der))).toThrow(
    "wrong content",
  );
});
