import { signatureModes } from "../core/signing/signatures.ts";
import { mail, notifications } from "./news-settings.ts";
import { apart, readPerson } from "./person.ts";
import {
  duration,
  flag,
  hostPort,
  jsonSecret,
  networks,
  oneOf,
  path,
  pathWithDefault,
  percent,
  port,
  records,
  repositoryUrl,
  type Setting,
  secret,
  size,
  text,
  webUrl,
  wholeNumber,
} from "./setting.ts";

/** Every setting there is. What is not here is refused. */
export const settings = {
  source: {
    url: repositoryUrl(
      "The Git repository that holds the policies. Without it, `source.directory` is watched.",
    ),
    directory: path("A folder to watch instead of a repository. `policies` when neither is set."),
    branch: text("The branch to follow. Without it, the one that the repository's HEAD names."),
    tag: text("A tag to follow instead of a branch."),
    commit: text("A commit to stay at, in full."),
    path: text("The folder of the repository that holds the policies."),
    interval: duration("Time between two looks at the repository, within 10 % either way.", "1m", "5s"),
    user: text("The user name for https, where the host wants another than `git`.", { fallback: "git" }),
    password: secret("The password or access token for https."),
    caFile: path("PEM file of the authority that signed the Git server's certificate."),
    sshKeyFile: path("The private key for ssh."),
    knownHostsFile: path("The host keys that ssh accepts; unknown hosts are refused."),
    signatures: oneOf(
      "Which commits must be signed by somebody of `persons` for a revision to come into force: none, the newest, or every one since the revision before.",
      signatureModes,
      "off",
    ),
    signedFrom: text(
      "A commit that needs no signature, as all before it: where signing began, or a commit of a rewritten history that is agreed to, which what is in force does not hold. In full.",
    ),
    allowFileProtocol: flag("Allow `file://` and plain paths as `source.url`.", false),
    allowHttp: flag("Allow plain http to other hosts than this one.", false),
  },
  store: {
    directory: pathWithDefault(
      "Where the embedded database, its snapshots and the copy of the repository live.",
      ".reeve",
    ),
    databaseUrl: secret("A PostgreSQL server instead of the embedded database. `DATABASE_URL` is the same."),
    ownerUrl: secret(
      "The connection of the role that owns the schema, for migrations. `store.databaseUrl` when absent.",
    ),
    approverUrl: secret("The connection of the role that records approvals."),
    keyFile: pathWithDefault(
      "The key that encrypts what is sensitive in the database.",
      "{store.directory}/key",
    ),
    snapshotEvery: duration("How often the embedded database is saved safely.", "5m", "10s"),
  },
  device: {
    listen: hostPort("The public listener, for devices only.", "127.0.0.1:8443"),
    publicUrl: webUrl("The URL by which devices reach the listener; it stands in enrollment profiles."),
    tls: {
      certFile: path("PEM file of the certificate and its chain. Without it, plain HTTP behind a proxy."),
      keyFile: path("PEM file of the private key."),
    },
    trustedProxies: networks("The proxies that may say who is behind them."),
    certificateHeader: text(
      "The header in which such a proxy passes the device's certificate, and strips it from others.",
    ),
    strangersPerMinute: wholeNumber(
      "Requests that one address may make without an identity (SCEP, enrollment links) within a minute; a refused one counts ten times.",
      1_200,
      10,
      1_000_000,
    ),
    bodyLimit: size("The largest body of a device's message.", "10MiB"),
    requestTimeout: duration("Time for one request.", "30s"),
  },
  admin: {
    listen: hostPort("The private listener: API, health, metrics.", "127.0.0.1:8081"),
    socket: pathWithDefault("The Unix socket of the local operator.", "{store.directory}/reeve.sock"),
    tls: {
      certFile: path("PEM file of the certificate and its chain."),
      keyFile: path("PEM file of the private key."),
    },
  },
  persons: records(
    "Who may use the API, and whose signatures count.",
    "a list of {name, emails, role, tokens, sshKeys, openpgpKeys, platform}",
    readPerson,
    apart,
  ),
  apple: {
    organizationName: text("The name that enrollment shows.", { fallback: "reeve" }),
    pushCertificateFile: path(
      "PEM file of the MDM push certificate from identity.apple.com. Without it, the one that was imported into the store.",
    ),
    pushKeyFile: path("PEM file of its private key."),
    apns: {
      address: text("Another host than Apple's, for tests and relays."),
      port: port("Its port."),
      caFile: path("PEM file of the authority that it is verified by."),
      perSecond: wholeNumber("Pushes sent within a second, at most.", 500, 1, 100_000),
    },
    profileService: flag(
      "Links give a Profile Service first: the device proves by the certificate that Apple gave it which one it is, and is given the enrollment profile for its serial number alone. Needs `apple.automatedEnrollment.deviceCaFile`. Macs cannot do this.",
      false,
    ),
    accountEnrollment: oneOf(
      "What signing in with a Managed Apple Account begins: `user` a User Enrollment of a personal device, `device` the management of the whole device.",
      ["off", "user", "device"] as const,
      "off",
    ),
    contentServiceUrl: webUrl(
      "Another address of App and Book Management than Apple's, for tests and relays.",
    ),
    scep: {
      lifetime: duration("How long a device identity is valid.", "365d", "1d"),
      renewBefore: duration(
        "How long before its identity ends a device is made to renew it, at most half of the lifetime.",
        "30d",
        "1h",
      ),
    },
    automatedEnrollment: {
      url: webUrl("Another address than that of Apple's device enrollment service, for tests and relays."),
      interval: duration("How often changes of its lists of devices are asked for.", "15m", "1m"),
      deviceCaFile: path(
        "PEM file of Apple's iPhone Device CA (or of several authorities), which issues the certificates of devices. Without it no device is let in by Automated Device Enrollment.",
      ),
    },
    business: {
      clientId: text("The client id of an API account of Apple Business or School Manager."),
      keyId: text("The id of its key."),
      keyFile: path("PEM file of its private key (P-256), as the portal gave it."),
      url: webUrl("Another address of the API, for tests."),
      tokenUrl: webUrl("Another address that gives tokens out, for tests."),
    },
    profileSigning: {
      certFile: path(
        "PEM file of the certificate that signs profiles, and of those that lead to its root after it. Without it, reeve's own authority signs.",
      ),
      keyFile: path("PEM file of its private key."),
      chainFile: path("PEM file of the certificates between it and a root."),
    },
  },
  android: {
    enterprise: text(
      "Google's name of the enterprise whose devices are managed, `enterprises/LC…`. Without it no Android devices are.",
    ),
    project: text(
      "The Google Cloud project in which events about devices are subscribed to. Without it none are, and devices are seen when all are read.",
    ),
    serviceAccount: jsonSecret(
      "The key of a service account in that project, with the role Android Management User. Without it, what the host has: `GOOGLE_APPLICATION_CREDENTIALS`, or the metadata server of the cloud.",
    ),
    push: {
      serviceAccount: text(
        "The e-mail address of the service account in whose name Google pushes events. With it they come to `/android/events` of the device plane; without it they are fetched.",
      ),
      audience: text("What its tokens are for. The address of that endpoint when absent."),
      keysUrl: webUrl("Another address of the keys with which Google signs them, for tests."),
    },
    emulatorUrl: webUrl(
      "An emulator instead of Google, to try things out: it takes anybody, or a key of its own. What is signed with a key for an emulator is good for nothing at Google.",
    ),
    readEvery: duration(
      "How often all devices are read. What users remove by themselves is found in no other way.",
      "15m",
      "1s",
    ),
    quota: wholeNumber("Calls within 100 seconds that Google allows the project.", 1_000, 10, 1_000_000),
  },
  notifications,
  mail,
  reconcile: {
    observeFirst: flag(
      "Start in observe mode after the first sync, an upgrade or a restored database.",
      true,
    ),
    tick: duration("How often the loop looks for what is due.", "5s"),
    lease: duration(
      "How long the leading replica keeps its place when it is heard no more. At least three times `reconcile.tick`.",
      "15s",
      "3s",
    ),
    driftCheck: duration("How often what was installed is looked at again, device by device.", "1h", "1s"),
    revisionTime: duration(
      "How long a revision, or a plan, may be validated and compiled. One that takes longer is refused.",
      "1m",
      "1s",
    ),
    revisionMemory: size("How much memory that may take.", "1GiB"),
    unreachableAfter: duration("Silence after which a device counts as unreachable.", "3d", "1m"),
    approvals: wholeNumber(
      "Persons who must approve what destroys, at the least; two where neither signatures nor a token say who asked.",
      1,
      1,
      5,
    ),
    coolOff: duration("Time between the last approval and the first wipe of several devices.", "15m", "0s"),
    solo: flag("Who asks for what destroys may approve it alone; it leaves late and slowly.", false),
    disruptionBudget: wholeNumber(
      "Devices that acts may lock, restart or otherwise disrupt within an hour without an approval. On a server with roles the database has a ceiling of its own.",
      10,
      0,
      10_000_000,
    ),
    secretsFolder: path("The folder of secrets whose provider is `file`."),
    secretsInterval: duration(
      "How often secrets are read again, within 10 % either way; a new value goes out at once.",
      "1m",
      "1s",
    ),
    membershipLoss: percent(
      "The share of a group that may leave it at once, whatever the policies allow; more freezes removals.",
      "20%",
    ),
    removalBudget: ceiling("Devices from which something may be removed", 500),
    isolatingBudget: ceiling("Devices whose last network or trusted certificates may change or go", 100),
  },
  log: {
    level: oneOf("What is written.", ["debug", "info", "warn", "error"] as const, "info"),
  },
} as const satisfies Group;

export interface Group {
  readonly [key: string]: Setting<unknown> | Group;
}

/** What no commit raises: so many devices in an hour, or a share of all. */
function ceiling(what: string, devices: number) {
  return {
    devices: wholeNumber(`${what} within an hour, whatever the policies allow.`, devices, 0, 10_000_000),
    percent: percent("The same as a share of all devices; the greater of both counts.", "10%"),
  };
}
