import { type Check, CIS, none, verdict } from "../check";
import { debianSums } from "../packages";

export const packagedFilesUnchanged: Check = {
  id: "packaged-files-unchanged",
  proves: "Every file of a Debian package is there and has the sum that the package's record gives it.",
  source: CIS.verified,
  check: (image) => {
    const sums = debianSums(image);
    if (sums.size === 0) return none("there are no Debian packages with sums in the image");
    const violations = [...sums].flatMap(([path, sum]) => {
      const entry = image.files.get(path);
      if (!entry) return [`${path} is not there, though its package lists it`];
      return entry.md5 === sum ? [] : [`${path} was changed after it was packaged`];
    });
    return verdict(violations, `${sums.size} files`);
  },
};
