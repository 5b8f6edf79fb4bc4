/**
 * The tests' own generated cases are the same in every run, so that a red run is red again; PLUMBLINE_TEST_SEED takes
 * another seed.
 */
import { configureGlobal, readConfigureGlobal } from "fast-check";

const seed = Number(process.env["PLUMBLINE_TEST_SEED"] ?? 42);

configureGlobal({ ...readConfigureGlobal(), seed });
