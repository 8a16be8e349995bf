/** Reads the input, in each language; errors on standard error, with status 1. The first word names the image. */
export const INPUT_CALLS: Record<string, string[]> = {
  bash: ["bash", "-c", "cronium_input"],
  python: ["python3", "-c", "cronium.input()"],
  "python asyncio": [
    "python3",
    "-c",
    `import asyncio
async def main():
    async with cronium.AsyncCronium() as c:
        await c.input()
asyncio.run(main())`,
  ],
  nodejs: ["node", "-e", "cronium.input()"],
};
