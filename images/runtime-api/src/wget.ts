import { get } from "node:http";

/**
 * The part of wget that orchestrators' probes use (contract, "The sidecar container"): `wget [-q] [-O- | -O -] URL` and
 * `wget [-q] --spider URL`, over http. Status 0 only for an answer of 200 to 299.
 */
const TIMEOUT_MS = 5_000;

const { url, spider } = parse(process.argv.slice(2));
const asked = get(url, { method: spider ? "HEAD" : "GET", timeout: TIMEOUT_MS }, (response) => {
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) fail(`the server answered ${status}`, 8);
  if (spider) response.resume();
  else response.pipe(process.stdout);
});
asked.on("timeout", () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
asked.on("error", (error: NodeJS.ErrnoException) => fail(error.message || (error.code ?? "no connection"), 4));

function parse(args: readonly string[]): { url: URL; spider: boolean } {
  const words = args.filter((word, index) => !(word === "-" && args[index - 1]?.endsWith("O")));
  const urls = words.filter((word) => !word.startsWith("-"));
  const known =
    /^(-q|-O-|-O|-qO-|-qO|-nv|--spider|--quiet|--no-verbose|--tries=\d+|--timeout=\d+|--output-document=-)$/;
  const unknown = words.find((word) => word.startsWith("-") && !known.test(word));
  const [text] = urls;
  if (unknown !== undefined || urls.length !== 1 || text === undefined) {
    fail(`${unknown ?? urls.join(" ")}: use wget [-q] [-O-] [--spider] URL`, 2);
  }
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url?.protocol !== "http:") fail(`${text} is not an http URL`, 2);
  return { url, spider: words.includes("--spider") };
}

function fail(message: string, status: number): never {
  process.stderr.write(`wget: ${message}\n`);
  process.exit(status);
}
