/** One read, one large write and one read of the input; errors on standard error, with status 1. */
export const LANGUAGES: Record<string, { read: string[]; write: string[]; input: string[] }> = {
  bash: {
    read: ["bash", "-c", "cronium_get_variable k"],
    write: ["bash", "-c", 'cronium_set_variable k "$(head -c 3000000 /dev/zero | tr "\\0" x)"'],
    input: ["bash", "-c", "cronium_input"],
  },
  python: {
    read: ["python3", "-c", 'print(cronium.get_variable("k"))'],
    write: ["python3", "-c", 'cronium.set_variable("k", "x" * 3000000)'],
    input: ["python3", "-c", "cronium.input()"],
  },
  "python asyncio": {
    read: ["python3", "-c", asyncio('print(await c.get_variable("k"))')],
    write: ["python3", "-c", asyncio('await c.set_variable("k", "x" * 3000000)')],
    input: ["python3", "-c", asyncio("await c.input()")],
  },
  nodejs: {
    read: ["node", "-e", 'cronium.getVariable("k").then((value) => console.log(JSON.stringify(value)))'],
    write: ["node", "-e", 'cronium.setVariable("k", "x".repeat(3000000))'],
    input: ["node", "-e", "cronium.input()"],
  },
};

function asyncio(statement: string): string {
  return `import asyncio
async def main():
    async with cronium.AsyncCronium() as c:
        ${statement}
asyncio.run(main())`;
}
