import { Command, Option } from "commander";
import { unreachable } from "../docker/client";
import { readImage } from "../verify/read";
import { spdxOf } from "../verify/sbom";
import { engineOf } from "./outputs";
import { DEV } from "./passphrase";

/** `cronium sbom`: what is in an image, as SPDX 2.3. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = new Command("cronium sbom")
    .description(
      "Prints what is in an image as an SPDX 2.3 document: Debian, Python and npm packages by the records that are in " +
        "the image, and each file that no Debian package accounts for. The same image gives the same document.",
    )
    .argument("<image>", "a reference or id")
    .addOption(new Option("-s, --stack <name>", "the stack whose engine is meant").env("PULUMI_STACK").default(DEV))
    .allowExcessArguments(false)
    .parse(args, { from: "user" });
  const { docker, at } = await engineOf(parsed.opts<{ stack: string }>().stack);
  const image = await readImage(docker, parsed.args[0] as string).catch((error: unknown) => {
    throw unreachable(error, at);
  });
  process.stdout.write(`${JSON.stringify(spdxOf(image), undefined, 2)}\n`);
  return 0;
}
