import { existsSync } from "node:fs";

/**
 * The environment for a command that fetches packages: pip and Node.js bring their own certificate authorities and know
 * none of the machine's, such as a company proxy's.
 */
export function withAuthorities(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const bundle = env.SSL_CERT_FILE ?? "/etc/ssl/certs/ca-certificates.crt";
  return existsSync(bundle) ? { PIP_CERT: bundle, NODE_EXTRA_CA_CERTS: bundle, ...env } : env;
}
