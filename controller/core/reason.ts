import type { DeviceError } from "./report.ts";

/** The link of an error chain that names what failed and why; the outer ones only say that something did. */
export function innermostOf(errors: readonly DeviceError[] | undefined): DeviceError | undefined {
  const told = errors?.filter((error) => error.text !== "");
  // A reason that is none: what stands before it says more.
  return (
    told?.findLast((error) => !(error.domain === "RejectionReason" && error.text === "Other")) ?? told?.at(-1)
  );
}

/** What an error chain comes to for people; undefined when it says nothing. */
export function reasonOf(errors: readonly DeviceError[] | undefined): string | undefined {
  const told = innermostOf(errors);
  if (told === undefined) return undefined;
  const meaning = meanings[told.domain]?.[told.text];
  return meaning === undefined ? told.text : `${meaning} (${told.text})`;
}

/** Apple's words for an app that did not come, by the domain under which they are kept (InstallApplication, ManagedApplicationList). */
const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RejectionReason: {
    AppAlreadyInstalled: "its user has installed the app, and it may not be taken over",
    AppAlreadyQueued: "the device is at work on the app already",
    NotSupported: "the device does not support the app",
    CouldNotVerifyAppID: "the store does not know the app",
    AppStoreDisabled: "the App Store is off on the device",
    NotAnApp: "what is asked for is not an app",
    PurchaseMethodNotSupported: "the device cannot get an app by this licence",
    PurchaseMethodNotSupportedInMultiUser: "a shared device can only use licences of the device",
    ManagementChangeNotSupported: "the user's own app cannot be turned into a managed one",
    CouldNotVerifyITunesStoreID: "the store does not know the book",
    PurchaseNotFound: "its user has no licence for the book",
    WrongMediaType: "what is asked for is not a book",
    DownloadInvalid: "there is no book at its address",
    EnterpriseBooksNotSupportedInMultiUser: "a shared device takes books of the store only",
    Other: "the device does not say why",
  },
  ManagedApplicationList: {
    UserRejected: "its user declined the app",
    UpdateRejected: "its user declined the update",
    ManagementRejected: "its user does not let the app be managed",
    UserInstalledApp: "its user has installed the app before management could",
    Failed: "the installation failed",
  },
};
