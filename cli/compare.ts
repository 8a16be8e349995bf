import { Command, Option } from "commander";
import { unreachable } from "../docker/client";
import { compareImages } from "../verify/compare";
import { readImage } from "../verify/read";
import { engineOf } from "./outputs";
import { DEV } from "./passphrase";

/** `cronium compare`: which file in which layer differs between two images. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = new Command("cronium compare")
    .description(
      "Names each file of each layer, and each field of the config, in which two images differ. Status 1 if any does.",
    )
    .argument("<first>", "a reference or id")
    .argument("<second>", "a reference or id")
    .addOption(new Option("-s, --stack <name>", "the stack whose engine is meant").env("PULUMI_STACK").default(DEV))
    .allowExcessArguments(false)
    .parse(args, { from: "user" });
  const { docker, at } = await engineOf(parsed.opts<{ stack: string }>().stack);
  const [first, second] = parsed.args as [string, string];
  const read = (image: string) =>
    readImage(docker, image).catch((error: unknown) => {
      throw unreachable(error, at);
    });
  const differences = compareImages(await read(first), await read(second));
  for (const { layer, path, what } of differences) {
    process.stdout.write(`${layer === undefined ? "config" : `layer ${layer}`}  ${path}: ${what}\n`);
  }
  return differences.length === 0 ? 0 : 1;
}
