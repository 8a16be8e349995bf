import { readGroups, userOf } from "../accounts";
import { type Check, CIS, verdict } from "../check";

const NOGROUP = 65534;

export const groupsExact: Check = {
  id: "groups-exact",
  proves: "/etc/group has root's, the image's own and nobody's group, and nobody is a member of another.",
  source: `${CIS.user}, distroless`,
  check: (image) => {
    const groups = readGroups(image);
    const wanted = [0, userOf(image)?.gid ?? NOGROUP, NOGROUP];
    const violations = [
      ...groups.filter(({ gid }) => !wanted.includes(gid)).map(({ line }) => `${line}: not needed`),
      ...groups
        .filter(({ gid }, index) => groups.findIndex((other) => other.gid === gid) < index)
        .map(({ line, gid }) => `${line}: group id ${gid} a second time`),
      ...groups.filter(({ members }) => members.length > 0).map(({ line }) => `${line}: has members`),
      ...[...new Set(wanted)]
        .filter((gid) => !groups.some((group) => group.gid === gid))
        .map((gid) => `no group with id ${gid}`),
    ];
    return verdict(violations, groups.map(({ name, gid }) => `${name} ${gid}`).join(", "));
  },
};
