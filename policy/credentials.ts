/** Whether a variable of this name holds a secret itself, not the path of one or a setting of one. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** What kind of credential a text holds, if it is recognisable as one wherever it stands. */
export function credentialIn(text: string): string | undefined {
  return CREDENTIALS.find(([, pattern]) => pattern.test(text))?.[0];
}

const SECRET_NAME =
  /(^|[_.-])(password|passwd|passphrase|pass|secret|token|credentials?|(api|access|private|secret|signing|encryption)[_-]?key)([_-]?(previous|old|new|\d+))?$/i;

const CREDENTIALS: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/],
  ["an AWS access key", /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a GitHub token", /\b(gh[pousr]_\w{36,}|github_pat_\w{22,})/],
  ["a GitLab token", /\bglpat-[\w-]{20,}/],
  ["a Slack token", /\bxox[abeoprs]-[\w-]{10,}/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/:@]+@/i],
];
