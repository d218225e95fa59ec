import { actType } from "../core/apple-acts.ts";
import type { DeviceTraits } from "../core/apple-schema/requirement.ts";
import type { Facts } from "../core/facts.ts";
import type { Content, Section } from "../core/granted.ts";
import type { EnrollmentStep, Intent, Verb } from "../core/intent.ts";
import { Stalled } from "../errors.ts";
import { actCommand } from "./command-acts.ts";
import { appSettings, isSettingsSection } from "./command-app-settings.ts";
import { installApplication, listApplications } from "./command-apps.ts";
import { installMedia, removeMedia } from "./command-books.ts";
import { traitsOf } from "./command-gates.ts";
import { tokensResponse } from "./declarative/responses.ts";
import { deviceQueries } from "./device-queries.ts";
import { enrollmentIdentifier, isEnrollmentIdentifier } from "./enrollment-profile.ts";
import { toPlistDict } from "./payload-value.ts";
import { type RenderOptions, renderProfile } from "./profile.ts";
import { type PlistDict, PlistError } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

/** All that rendering one command needs besides its intent. */
export interface CommandOptions extends RenderOptions {
  /** For `install`: the content that the intent's digest names. */
  readonly content?: Content;
  /** For `act`: its parameters, which may hold templates of secrets. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** For a renewal: the enrollment profile with a fresh challenge. */
  readonly enrollmentProfile?: Buffer;
  /** For queries about some apps: their bundle ids. */
  readonly apps?: readonly string[];
  /** Decides what a query may ask, and how apps are installed. */
  readonly platform?: string;
  /** What the device is known to be; by its platform alone where nothing else is. */
  readonly traits?: DeviceTraits;
}

/**
 * The command that carries out an intent, as the body of a reply. Throws Stalled when the content or the parameters
 * do not allow it, and for what must never be sent, such as the removal of the enrollment: that item fails, and the
 * device is given the others.
 */
export async function renderCommand(id: string, intent: Intent, options: CommandOptions): Promise<Buffer> {
  const RequestType = requestTypeOf(intent);
  try {
    const fields = await fieldsOf(intent, options);
    return writePlist({ CommandUUID: id, Command: { RequestType, ...fields } });
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
    throw new Stalled("content", `no property list can say this: ${error.message}`, { cause: error });
  }
}

const queries: Readonly<Record<Section, string | undefined>> = {
  device: "DeviceInformation",
  security: "SecurityInfo",
  restrictions: "Restrictions",
  applications: "InstalledApplicationList",
  profiles: "ProfileList",
  certificates: "CertificateList",
  managedApps: "ManagedApplicationList",
  managedBooks: "ManagedMediaList",
  users: "UserList",
  activationLock: "ActivationLockBypassCode",
  appConfiguration: "ManagedApplicationConfiguration",
  appAttributes: "ManagedApplicationAttributes",
  appFeedback: "ManagedApplicationFeedback",
  powerEvents: undefined,
  declarations: undefined,
};

const steps: Readonly<Record<EnrollmentStep, string>> = {
  renew: "InstallProfile",
  deviceConfigured: "DeviceConfigured",
  userConfigured: "UserConfigured",
};

/** Apple's RequestType for an intent. Throws for what Apple's devices have no command for. */
export function requestTypeOf(intent: Intent): string {
  const name = nameOf(intent);
  if (name === undefined) throw new Error(`no Apple command for ${JSON.stringify(intent)}`);
  return name;
}

/** True when Apple's devices have a command for this intent and reeve can render it. */
export function isSupported(intent: Intent): boolean {
  return nameOf(intent) !== undefined;
}

function nameOf(intent: Intent): string | undefined {
  switch (intent.type) {
    case "query":
      return queries[intent.section];
    case "install":
      if (intent.inPlace === true) return "Settings";
      if (intent.kind === "Book") return "InstallMedia";
      return intent.kind === "Profile" ? "InstallProfile" : "InstallApplication";
    case "remove":
      if (intent.kind === "Book") return "RemoveMedia";
      return intent.kind === "Profile" ? "RemoveProfile" : "RemoveApplication";
    case "declare":
      return "DeclarativeManagement";
    case "act":
      return actType(intent.verb);
    case "enrollment":
      return steps[intent.step];
    case "assign":
      return undefined;
  }
}

async function fieldsOf(intent: Intent, options: CommandOptions): Promise<PlistDict> {
  switch (intent.type) {
    case "query":
      return query(intent.section, options);
    case "install":
      return install(intent, options);
    case "remove":
      if (intent.kind === "Profile") refuseEnrollment(intent.id);
      if (intent.kind === "Book") return removeMedia(intent.id);
      return { Identifier: intent.id };
    case "declare":
      return { Data: tokensResponse(intent.token, options.now) };
    case "act":
      return act(intent.verb, options);
    case "enrollment":
      return intent.step === "renew" ? renewal(options) : {};
    case "assign":
      throw new Error("Apple devices have no policies of Google's");
  }
}

function query(section: Section, { platform, apps, traits }: CommandOptions): PlistDict {
  if (isSettingsSection(section) || section === "appFeedback") return { Identifiers: apps ?? [] };
  if (section === "device") return { Queries: deviceQueries(platform, traits?.enrollment) };
  return section === "applications" ? listApplications(platform) : {};
}

function act(verb: Verb, options: CommandOptions): PlistDict {
  const fields = actCommand(
    verb,
    toPlistDict(options.parameters ?? {}, options.substitute),
    options.traits ?? traitsOf(options.platform === undefined ? {} : platformFact(options.platform)),
  );
  // The end of management is an act of its own, destructive and behind the gate.
  if (verb === "unenroll") return { Identifier: enrollmentIdentifier };
  if (verb === "removeProfile") refuseEnrollment(String(fields.Identifier));
  return fields;
}

function platformFact(value: string): Facts {
  return { platform: { value, source: "reported" } };
}

/** Whatever asked for it: the end of management has its own act, and it is not this one. */
function refuseEnrollment(identifier: string): void {
  if (isEnrollmentIdentifier(identifier))
    throw new Stalled("enrollment-profile", "the enrollment profile must not be removed by this command");
}

/** The enrollment profile in place of itself, by which the device obtains a new identity (Apple: com.apple.mdm). */
function renewal({ enrollmentProfile }: CommandOptions): PlistDict {
  if (enrollmentProfile === undefined)
    throw new Stalled("no-enrollment", "devices cannot be enrolled here, nor their identities renewed");
  return { Payload: enrollmentProfile };
}

async function install(
  { id, inPlace }: Extract<Intent, { type: "install" }>,
  options: CommandOptions,
): Promise<PlistDict> {
  const { content } = options;
  if (content === undefined) throw new Error(`the content of ${id} is missing`);
  if (content.kind === "Profile") return { Payload: await renderProfile(content, options) };
  if (content.kind === "Book") return installMedia(content);
  if (content.kind !== "App") throw new Error(`${id} is never installed`);
  if (inPlace === true) return appSettings(content, options.substitute, options.platform);
  return installApplication(content, options);
}
