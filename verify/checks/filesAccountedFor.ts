import { type Check, CIS, none, verdict } from "../check";
import { textOf } from "../image";
import { SBOM_PATH, type Spdx, unvouchedFiles } from "../sbom";

export const filesAccountedFor: Check = {
  id: "files-accounted-for",
  proves:
    "Every file is a Debian package's, or listed in the image's SBOM with the sum that it has: nothing came in besides.",
  source: CIS.verified,
  check: (image) => {
    const listed = filesIn(textOf(image, SBOM_PATH));
    if (!listed) return none(`there is no ${SBOM_PATH} to account for files`);
    const files = unvouchedFiles(image);
    const violations = files.flatMap(([path, { sha256 }]) => {
      const sum = listed.get(`.${path}`);
      if (sum === undefined) return [`${path} is neither a Debian package's nor in ${SBOM_PATH}`];
      return sum === sha256 ? [] : [`${path} is not as ${SBOM_PATH} lists it`];
    });
    return verdict(violations, `${files.length} files beside those of Debian's packages`);
  },
};

function filesIn(text: string | undefined): Map<string, string | undefined> | undefined {
  try {
    const { files } = JSON.parse(text ?? "") as Spdx;
    const sum = (file: Spdx["files"][number]) => file.checksums.find(({ algorithm }) => algorithm === "SHA256");
    return new Map(files.map((file) => [file.fileName, sum(file)?.checksumValue]));
  } catch {
    return undefined;
  }
}
