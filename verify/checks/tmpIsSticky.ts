import { type Check, CONTRACT, verdict } from "../check";

export const tmpIsSticky: Check = {
  id: "tmp-is-sticky",
  proves: "/tmp is there for everyone, root's own, and nobody can remove the files of others in it (mode 1777).",
  source: CONTRACT,
  check: ({ files }) => {
    const tmp = files.get("/tmp");
    const good = tmp?.type === "dir" && tmp.mode === 0o1777 && tmp.uid === 0;
    const found = tmp ? `${tmp.type} of user ${tmp.uid} with mode ${tmp.mode.toString(8)}` : "not there";
    return verdict(good ? [] : [`/tmp is ${found}: make it a folder of root with mode 1777`], "mode 1777, root's");
  },
};
