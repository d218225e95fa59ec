import { createSocket } from "node:dgram";
import type { Finding, Patient } from "../../cli/doctor.ts";

/** This host's clock against Apple's time servers: certificates, challenges and signatures all depend on it. */
export async function checkClock({ now }: Patient): Promise<readonly Finding[]> {
  const check = "clock";
  const before = now();
  const theirs = await askTime("time.apple.com", 123);
  if (theirs === undefined) {
    const hint = "Where NTP is not let out, see that this host takes its time from somewhere: timedatectl.";
    return [{ check, status: "warn", says: "time.apple.com does not answer (UDP 123)", hint }];
  }
  return [judgeClock((before + now()) / 2 - theirs)];
}

/** What a difference in ms means. */
export function judgeClock(differenceMs: number): Finding {
  const check = "clock";
  const seconds = Math.abs(differenceMs) / 1_000;
  const side = differenceMs > 0 ? "ahead of" : "behind";
  const says = `${seconds.toFixed(1)} s ${side} time.apple.com`;
  if (seconds < 5) return { check, status: "pass", says };
  const hint =
    "Let this host synchronise its clock: certificates are refused by devices whose time is right.";
  return { check, status: seconds < 60 ? "warn" : "fail", says, hint };
}

/** Seconds from 1900 to 1970 (RFC 4330 §3). */
const epochOffset = 2_208_988_800;

/** The time of a server by SNTP, epoch ms; undefined when it does not answer within three seconds. */
export function askTime(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const done = (time: number | undefined): void => {
      clearTimeout(patience);
      socket.close();
      resolve(time);
    };
    const patience = setTimeout(() => done(undefined), 3_000);
    socket.once("error", () => done(undefined));
    socket.once("message", (message) => {
      if (message.length < 48) return done(undefined);
      const seconds = message.readUInt32BE(40) - epochOffset;
      done(seconds * 1_000 + (message.readUInt32BE(44) / 2 ** 32) * 1_000);
    });
    // Version 4, a client (RFC 4330 §4).
    const request = Buffer.alloc(48);
    request[0] = 0x23;
    socket.send(request, port, host, (error) => {
      if (error !== null) done(undefined);
    });
  });
}
