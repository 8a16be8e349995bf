/** The parts of a URN: `urn:pulumi:<stack>::<project>::<types, parent's first>::<name>`. */
export function parseUrn(urn: string): { stack: string; project: string; type: string; name: string } {
  const [head = "", project = "", types = "", ...name] = urn.split("::");
  return {
    stack: head.replace(/^urn:pulumi:/, ""),
    project,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

export function nameOf(urn: string): string {
  return parseUrn(urn).name;
}
