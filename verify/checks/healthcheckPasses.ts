import { type Check, CIS, none, verdict } from "../check";
import { promisedLanguage } from "../promises";

export const healthcheckPasses: Check = {
  id: "healthcheck-passes",
  proves: "A job image's own health check passes in a locked-down container.",
  source: CIS.healthcheck,
  check: async (image, containers) => {
    const [kind, ...command] = image.config.config?.Healthcheck?.Test ?? [];
    if (kind !== "CMD" || command.length === 0) return none("there is no health check to run");
    if (!promisedLanguage(image)) return none("its health check asks a running service");
    const { status, stdout, stderr } = await containers.run(command);
    return verdict(
      status === 0 ? [] : [`${command.join(" ")} ended with status ${status}: ${stderr.trim()}`],
      stdout.trim(),
    );
  },
};
