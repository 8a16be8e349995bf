import { get } from "node:http";
import { port, SettingsError } from "./settings";

/** The image's HEALTHCHECK: status 0 if the service answers on the port it was told to use. */
const TIMEOUT_MS = 2_500;

try {
  const asked = get(
    { host: "localhost", port: port(process.env), path: "/health", method: "HEAD", timeout: TIMEOUT_MS },
    (response) => end(response.statusCode === 200 ? undefined : `it answered ${response.statusCode}`),
  );
  asked.on("timeout", () => end(`no answer within ${TIMEOUT_MS} ms`));
  asked.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  end(error.message);
}

function end(problem: string | undefined): never {
  process.stdout.write(problem === undefined ? "healthy\n" : `unhealthy: ${problem}\n`);
  process.exit(problem === undefined ? 0 : 1);
}
