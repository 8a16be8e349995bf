/** A file that a rule does not hold for, and why that is right. */
interface Exception {
  checks: readonly string[];
  path: RegExp;
  reason: string;
}

/** All exceptions there are. A check names those that it met in its evidence. */
const EXCEPTIONS: readonly Exception[] = [
  {
    checks: ["elf-bind-now"],
    path: /^\/usr\/lib\/[^/]+-linux-gnu[^/]*\/lib(atomic|brotli|db-|expat|ffi|gcc_s|gmp|gssapi|jemalloc|k5crypto|krb5|nghttp|ngtcp2|pcre2|readline|stdc\+\+|z\.)/,
    reason: "Debian builds it without -z now, so that it has partial RELRO",
  },
  {
    checks: ["elf-bind-now"],
    path: /^\/usr\/(bin\/python3\.13$|lib\/python3\.13\/lib-dynload\/|lib\/python3\/dist-packages\/(charset_normalizer|frozenlist)\/)/,
    reason: "Debian builds Python without -z now",
  },
  { checks: ["elf-pie"], path: /^\/usr\/bin\/python3\.13$/, reason: "Debian builds Python without PIE, for speed" },
  { checks: ["elf-pie"], path: /^\/usr\/local\/bin\/node$/, reason: "the Node.js project builds it without PIE" },
  {
    checks: ["elf-stack-protector"],
    path: /\/(ld-linux[^/]*\.so\.\d|lib(dl|pthread|rt|util|anl)\.so\.\d)$/,
    reason: "part of the C library: the loader's handler is local to it, the others are empty since glibc 2.34",
  },
  {
    checks: ["elf-stack-protector"],
    path: /^\/usr\/(bin\/(tini|jq)$|lib\/[^/]+-linux-gnu[^/]*\/lib(brotlicommon|panelw)\.|lib\/python3(\.13)?\/.*\.so$)/,
    reason: "Debian builds with -fstack-protector-strong; no function of it keeps an array on the stack",
  },
  {
    checks: ["elf-stack-protector"],
    path: /^\/usr\/lib\/[^/]+-linux-gnu[^/]*\/lib(atomic|gcc_s|stdc\+\+)\.so\./,
    reason: "the compiler's own libraries are built without",
  },
];

/** Why a rule does not hold for a path; undefined if it does. */
export function reasonFor(check: string, path: string): string | undefined {
  return EXCEPTIONS.find(({ checks, path: pattern }) => checks.includes(check) && pattern.test(path))?.reason;
}
