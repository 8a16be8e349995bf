/** Whether a user, or the user of `user:group`, is root; an image or container without one has root. */
export function isRoot(user: string): boolean {
  const [name = ""] = user.split(":", 1);
  return name === "" || name === "root" || /^0+$/.test(name);
}
