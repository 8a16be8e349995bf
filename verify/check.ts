import type { Containers } from "./containers";
import type { ImageContents } from "./image";

/** How a check ended. */
export interface Verdict {
  /** "none": the rule has nothing to say of this image; the evidence is why. */
  status: "pass" | "fail" | "none";
  /** What was seen; of a failure one line for each thing that is wrong. */
  evidence: string[];
}

/** One thing that is proven about an image. */
export interface Check {
  /** Stable: reports and SARIF rules go by it. */
  id: string;
  /** What a pass proves, as a sentence. */
  proves: string;
  /** Where the rule comes from. */
  source: string;
  /** Looks at the image, or runs containers of it. */
  check(image: ImageContents, containers: Containers): Verdict | Promise<Verdict>;
}

export function pass(evidence: string): Verdict {
  return { status: "pass", evidence: [evidence] };
}

export function none(reason: string): Verdict {
  return { status: "none", evidence: [reason] };
}

/** A failure for each violation; a pass, with what was looked at, if there is none. */
export function verdict(violations: readonly string[], looked: string): Verdict {
  return violations.length > 0 ? { status: "fail", evidence: [...violations] } : pass(looked);
}

/** Sections of the CIS Docker Benchmark's chapter 4, "Container Images and Build File Configuration". */
export const CIS = {
  user: "CIS Docker Benchmark 4.1",
  packages: "CIS Docker Benchmark 4.3",
  scanned: "CIS Docker Benchmark 4.4",
  healthcheck: "CIS Docker Benchmark 4.6",
  setuid: "CIS Docker Benchmark 4.8",
  copy: "CIS Docker Benchmark 4.9",
  secrets: "CIS Docker Benchmark 4.10",
  verified: "CIS Docker Benchmark 4.11",
} as const;

/** Sections of NIST SP 800-190, "Application Container Security Guide", on images. */
export const NIST = {
  vulnerabilities: "NIST SP 800-190 4.1.1",
  configuration: "NIST SP 800-190 4.1.2",
  malware: "NIST SP 800-190 4.1.3",
  secrets: "NIST SP 800-190 4.1.4",
  trust: "NIST SP 800-190 4.1.5",
} as const;

/** The image contract of this project: images/README.md. */
export const CONTRACT = "the image contract (images/README.md)";
