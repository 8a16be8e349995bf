import { type ImageContents, textOf } from "./image";

/** A line of /etc/passwd (passwd(5)). */
export interface Account {
  line: string;
  name: string;
  password: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** A line of /etc/group (group(5)). */
export interface Group {
  line: string;
  name: string;
  gid: number;
  members: string[];
}

export function readAccounts(image: ImageContents): Account[] {
  return linesOf(image, "/etc/passwd").map((line) => {
    const [name = "", password = "", uid = "", gid = "", , home = "", shell = ""] = line.split(":");
    return { line, name, password, uid: Number(uid), gid: Number(gid), home, shell };
  });
}

export function readGroups(image: ImageContents): Group[] {
  return linesOf(image, "/etc/group").map((line) => {
    const [name = "", , gid = "", members = ""] = line.split(":");
    return { line, name, gid: Number(gid), members: members.split(",").filter(Boolean) };
  });
}

/** The numbers that USER stands for, by /etc/passwd and /etc/group where it has names; undefined if it stands for none. */
export function userOf(image: ImageContents): { uid: number; gid: number } | undefined {
  const [user = "", group] = (image.config.config?.User || "0").split(":");
  const account = readAccounts(image).find(({ name, uid }) => name === user || String(uid) === user);
  const uid = /^\d+$/.test(user) ? Number(user) : account?.uid;
  const named = readGroups(image).find(({ name }) => name === group)?.gid;
  const gid = group === undefined ? (account?.gid ?? 0) : /^\d+$/.test(group) ? Number(group) : named;
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function linesOf(image: ImageContents, path: string): string[] {
  return (textOf(image, path) ?? "").split("\n").filter((line) => line.trim() !== "");
}
