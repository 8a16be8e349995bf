import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

/** e_machine by OCI's (Go's) name of the architecture. */
const MACHINES: Readonly<Record<string, number>> = {
  "386": 3,
  amd64: 62,
  arm: 40,
  arm64: 183,
  ppc64le: 21,
  riscv64: 243,
  s390x: 22,
};

export const elfArchitecture: Check = {
  id: "elf-architecture",
  proves: "Every program and library is for the architecture that the image says it is for.",
  source: CONTRACT,
  check: (image) => {
    const { architecture } = image.config;
    const wanted = MACHINES[architecture];
    return elfVerdict(image, "elf-architecture", ({ machine }) =>
      machine === wanted ? undefined : `is for machine ${machine}, the image is for ${architecture}`,
    );
  },
};
