/** The enrollment profile that the scripted server hands out: an identity by SCEP, and its management. */
export function scriptedEnrollment(
  base: string,
  challenge: string,
  mdm: Record<string, unknown>,
): Readonly<Record<string, unknown>> {
  const payload = (type: string, name: string, content: Record<string, unknown>) => ({
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: `test.enrollment.${name}`,
    PayloadUUID: `uuid-${name}`,
    ...content,
  });
  return {
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: "test.enrollment",
    PayloadUUID: "uuid-top",
    PayloadContent: [
      payload("com.apple.security.scep", "scep", {
        PayloadContent: {
          URL: `${base}/scep`,
          Challenge: challenge,
          Keysize: 2048,
          "Key Type": "RSA",
          "Key Usage": 5,
          Subject: [[["O", "Test"]], [["CN", "device"]]],
        },
      }),
      payload("com.apple.mdm", "mdm", {
        ServerURL: `${base}/mdm`,
        CheckInURL: `${base}/checkin`,
        Topic: "com.apple.mgmt.External.test",
        IdentityCertificateUUID: "uuid-scep",
        AccessRights: 8191,
        SignMessage: true,
        CheckOutWhenRemoved: true,
        ...mdm,
      }),
    ],
  };
}
