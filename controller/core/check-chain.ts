import {
  leafOf,
  noSeal,
  type Range,
  rangesOf,
  rootOf,
  type Seal,
  sealHash,
  type WrittenEvent,
} from "./event-chain.ts";

/** What is wrong with the history. `event` and `seal` are numbers. */
export interface Flaw {
  readonly flaw:
    | "event-changed"
    | "event-missing"
    | "event-added"
    | "seal-changed"
    | "seal-missing"
    | "head-unknown";
  readonly seal?: number;
  readonly event?: number;
  readonly says: string;
}

/** A head that was published elsewhere: the hash of a seal, and its number where it says one. */
export interface PublishedHead {
  readonly n: number | undefined;
  readonly hash: string;
}

/** How many flaws are told one by one. */
const mostFlaws = 1_000;

const lateMs = 3_600_000;
const keptMs = 400 * 86_400_000;

/**
 * Checks seals one after the other, each with the events that stand under its numbers now, and keeps no more than the
 * numbers that are sealed. `now` tells which events may have been let go after 400 days.
 */
export function createChainCheck(now: number, heads: readonly PublishedHead[]) {
  let previous = noSeal;
  let n = 0;
  let newest = { seq: 0, at: 0 };
  let [seals, events, letGo, flawed] = [0, 0, 0, 0];
  const flaws: Flaw[] = [];
  const wanted = new Map<string, PublishedHead>(heads.map((head) => [head.hash, head]));

  function tell(flaw: Flaw): void {
    flawed += 1;
    if (flaws.length < mostFlaws) flaws.push(flaw);
  }

  /** The seal itself, and its place in the chain. True when its leaves can be trusted to be those that were sealed. */
  function place(seal: Seal, isNumbered: boolean): boolean {
    const about = { seal: seal.n };
    if (seal.n !== n + 1) tell({ ...about, flaw: "seal-missing", says: missing(n + 1, seal.n - 1) });
    else if (!seal.previous.equals(previous))
      tell({
        ...about,
        flaw: "seal-changed",
        says: `seal ${seal.n} does not follow from the one before it: seal ${n} or ${seal.n} was changed or put in its place`,
      });
    const isWhole = isNumbered && rootOf(seal.leaves).equals(seal.root);
    if (!isWhole)
      tell({
        ...about,
        flaw: "seal-changed",
        says: `seal ${seal.n} was changed: its numbers and leaves do not give its root`,
      });
    const own = sealHash(seal);
    const head = wanted.get(own.toString("hex"));
    if (head !== undefined && (head.n === undefined || head.n === seal.n)) wanted.delete(head.hash);
    [previous, n] = [own, seal.n];
    return isWhole;
  }

  function compare(seal: Seal, event: WrittenEvent, leaf: Buffer): void {
    events += 1;
    if (!leafOf(event).equals(leaf))
      tell({
        flaw: "event-changed",
        seal: seal.n,
        event: event.seq,
        says: `event ${event.seq} (${event.type}) was changed after seal ${seal.n}`,
      });
  }

  function lose(seal: Seal, seq: number): void {
    if (seal.oldestAt < now - keptMs && !holds(rangesOf(seal.lasting), seq)) letGo += 1;
    else
      tell({
        flaw: "event-missing",
        seal: seal.n,
        event: seq,
        says: `event ${seq} is missing; seal ${seal.n} covers it`,
      });
  }

  /** What stands under one number of a seal now. */
  function check(seal: Seal, seq: number, found: readonly WrittenEvent[], leaf: Buffer | undefined): void {
    const about = { flaw: "event-added", seal: seal.n, event: seq } as const;
    const [event, other] = found;
    if (event === undefined) lose(seal, seq);
    else if (other !== undefined)
      tell({ ...about, says: `event ${seq} stands twice: one of the two was added later` });
    else if (leaf !== undefined) compare(seal, event, leaf);
    // No transaction takes an hour: a number that old was still free, and somebody used it, or seals it once more.
    if (seq <= newest.seq && seal.at > newest.at + lateMs)
      tell({
        ...about,
        says: `event ${seq} was added later: seal ${seal.n} covers it, long after its neighbours were sealed`,
      });
  }

  return {
    /** The next seal with the events of its numbers that are there. */
    seal(seal: Seal, present: readonly WrittenEvent[]): void {
      seals += 1;
      const isNumbered = hasItsNumbers(seal);
      const isWhole = place(seal, isNumbered);
      // Numbers that were made up may be any number of them.
      if (!isNumbered) return;
      const bySeq = Map.groupBy(present, (event) => event.seq);
      let index = 0;
      for (const seq of numbersOf(seal.seqs)) {
        const leaf = isWhole ? seal.leaves.subarray(32 * index, 32 * index + 32) : undefined;
        check(seal, seq, bySeq.get(seq) ?? [], leaf);
        index += 1;
      }
      for (const [, end] of seal.seqs) {
        const last = end - 1;
        if (last > newest.seq) newest = { seq: last, at: seal.at };
      }
    },
    /** So many seals that stand outside of the chain: what they seem to cover is not looked at. */
    outside(count: number): void {
      if (count > 0)
        tell({
          flaw: "seal-changed",
          says: `${count === 1 ? "a seal stands" : `${count} seals stand`} outside of the chain, with a number that is none or that another one has`,
        });
    },
    /** An event that no seal covers and that waits for none. */
    stray(seq: number, type: string): void {
      tell({
        flaw: "event-added",
        event: seq,
        says: `event ${seq} (${type}) is covered by no seal: it was added, or its seal is gone`,
      });
    },
    /** Nothing follows. */
    end() {
      for (const { n: at, hash } of wanted.values())
        tell({
          flaw: "head-unknown",
          ...(at === undefined ? {} : { seal: at }),
          says: `the published head ${at === undefined ? "" : `${at}:`}${hash} is not in this history: seals were removed or made anew`,
        });
      return { seals, events, letGo, flawed, flaws, head: { n, hash: previous.toString("hex") } };
    },
  };
}

function missing(from: number, to: number): string {
  if (to < from) return `seal ${to + 1} stands twice or out of its order`;
  return from === to ? `seal ${from} is missing` : `seals ${from} to ${to} are missing`;
}

/**
 * True when a seal has as many numbers as leaves, and among them all that are kept for ever. The numbers themselves are
 * not hashed: each event is, with its own, and that all are there that must be follows from these two.
 */
function hasItsNumbers({ seqs, count, leaves, lasting }: Seal): boolean {
  const counted = seqs.reduce((sum, [from, end]) => sum + end - from, 0);
  if (count < 1 || counted !== count || leaves.length !== 32 * count) return false;
  return rangesOf(lasting).every(([first, last]) => seqs.some(([from, end]) => first >= from && last <= end));
}

function holds(ranges: readonly Range[], seq: number): boolean {
  return ranges.some(([from, end]) => seq >= from && seq < end);
}

function* numbersOf(ranges: readonly Range[]): Generator<number> {
  for (const [from, end] of ranges) for (let seq = from; seq < end; seq += 1) yield seq;
}
