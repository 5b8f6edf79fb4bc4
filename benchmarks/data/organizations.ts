/** The volumes of rows on which gates measure. */
import type { Volume } from "../../harness/bench/gate.ts";
import { adaptOrganizations } from "./adapted-organizations.ts";
import { allocateLikeRelease } from "./allocation.ts";
import { fillOrganizations, organizationId } from "./organization-rows.ts";

/** An organization with its log rows and indexes, after a migration: a high estimate. */
const BYTES_PER_ROW = 1_000;

/** The rows at which most gates run. */
export const usualVolume: Volume = {
  sizes: [1_000, 10_000, 100_000],
  fill: fillOrganizations,
  adapt: adaptOrganizations,
  migrateData: () => [allocateLikeRelease(organizationId(1))],
  bytesPerRow: BYTES_PER_ROW,
};

export const smallVolume: Volume = { ...usualVolume, sizes: [1_000, 3_000, 10_000] };
