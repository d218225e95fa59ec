const passwordName =
  /(password|passphrase|sharedsecret|presharedkey|passcode|^pin|^challenge|activationcode|^psk|^current)$/i;

/** Whether what a field of this name says is a password, in Apple's, Google's and our own words. */
export function isPasswordName(name: string): boolean {
  return passwordName.test(name);
}
