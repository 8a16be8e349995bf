import { type ImageContents, labelsOf, lookup } from "./image";

/*
 * What images promise, as data: an image says with the label dev.cronium.language which of these it keeps to, and with
 * dev.cronium.shell whether it has a shell. Images without the labels promise nothing, and are run by what is in them.
 */

/** A language, how scripts of it are run, and what the runtime image for it promises. */
export interface Language {
  name: "bash" | "python" | "nodejs";
  /** Where its interpreter may be; the first that is there runs scripts. */
  programs: string[];
  /** Options before the script. */
  options: string[];
  /** The helper's file and where its version is. */
  helper: { path: string; version: RegExp };
  scripts: {
    /** Does nothing. */
    nothing: string;
    /** Prints a line and waits for half a minute. */
    wait: string;
    /** Leaves an orphan to process 1; prints that one's name, with status 1 if the orphan is not reaped within 2 s. */
    orphan: string;
    /** Runs a subprocess through a shell as the language does it; prints 42. */
    shell: string;
    /** Prints the names of what of the language's own library does not load, one a line. */
    library: string;
    /** Prints the names of the promised tools that do not work, one a line. */
    tools: string;
    /** Loads the helper without its environment and calls it; prints the one-line error. */
    helper: string;
  };
}

/** GNU coreutils without chroot (privileged) and who, users, pinky (they need a login service). */
const COREUTILS =
  "[ arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors " +
  "dirname du echo env expand expr factor fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo " +
  "mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv printf ptx pwd readlink realpath rm rmdir runcon " +
  "seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test " +
  "timeout touch tr truncate tsort tty uname unexpand uniq unlink vdir wc whoami yes";

const BASH: Language = {
  name: "bash",
  programs: ["/bin/bash", "/bin/sh", "/busybox/sh"],
  options: ["-c"],
  helper: { path: "/usr/local/bin/cronium.sh", version: /^# Version (\S+)$/m },
  scripts: {
    nothing: ":",
    wait: "echo ready; exec sleep 30",
    orphan: `pid=$(sleep 0.1 >/dev/null 2>&1 & echo $!)
read -r name </proc/1/comm; echo "$name"
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; [ -e "/proc/$pid" ] || exit 0; done
exit 1`,
    shell: "/bin/sh -c 'echo $((6 * 7))'",
    library:
      "for name in alias cd declare getopts mapfile printf read select trap; do type $name >/dev/null || echo $name; done",
    tools: `for name in bash curl jq awk sed grep find tar; do [ -x "$(type -P $name)" ] || echo $name; done
for name in ${COREUTILS}; do
  case $name in test | false) ;; *) [[ $("$(type -P $name)" --version 2>/dev/null) == *coreutils* ]] || echo $name ;; esac
done
[[ $(curl -q --version) == *https*HTTP2* ]] || echo "curl with https and HTTP/2"
[[ $(jq -nc '[1]') == '[1]' ]] || echo "jq"`,
    helper: "cronium_input",
  },
};

const PYTHON: Language = {
  name: "python",
  programs: ["/usr/bin/python3", "/usr/local/bin/python3"],
  options: ["-W", "ignore", "-c"],
  helper: { path: "/usr/local/lib/python3.13/dist-packages/cronium/_version.py", version: /^VERSION = "(.*)"$/m },
  scripts: {
    nothing: "pass",
    wait: "import time; print('ready', flush=True); time.sleep(30)",
    orphan: `
import os, sys, time
ours, theirs = os.pipe()
if os.fork() == 0:
    orphan = os.fork()
    if orphan == 0:
        time.sleep(0.1)
    else:
        os.write(theirs, str(orphan).encode())
    os._exit(0)
pid = int(os.read(ours, 20))
os.wait()
print(open("/proc/1/comm").read().strip())
end = time.time() + 2
while os.path.exists(f"/proc/{pid}"):
    if time.time() > end:
        sys.exit(1)
    time.sleep(0.05)
`,
    shell: "import subprocess; subprocess.run('echo $((6 * 7))', shell=True, check=True)",
    // Not those of other systems, what the image leaves out by promise, what stands in where there is no curses, and
    // programs, which run when they are loaded.
    library: `
import importlib, pkgutil, re, sys
elsewhere = "_ios_support _overlapped _scproxy _winapi _wmi msvcrt nt winreg winsound _android_support antigravity this"
left_out = "_tkinter ensurepip idlelib tkinter turtle turtledemo"
other = r"[.](__main__|windows_\\w+|popen_spawn_win32|mbcs|oem|_minimal_curses)$"
def load(name):
    try:
        return importlib.import_module(name)
    except Exception:
        print(name)
for name in sorted(sys.stdlib_module_names - {*elsewhere.split(), *left_out.split()}):
    folders = getattr(load(name), "__path__", [])
    for _, inner, _ in pkgutil.walk_packages(folders, name + "."):
        if not re.search(other, inner):
            load(inner)
`,
    tools: `
import importlib
for name in ("requests", "aiohttp"):
    try:
        importlib.import_module(name)
    except Exception:
        print(name)
import shutil
if not shutil.which("python"):
    print("python")
`,
    helper: "import cronium\ntry:\n    cronium.input()\nexcept cronium.CroniumError as error:\n    print(error)",
  },
};

const NODEJS: Language = {
  name: "nodejs",
  programs: ["/usr/local/bin/node", "/usr/bin/node", "/nodejs/bin/node"],
  options: ["--no-warnings", "-e"],
  helper: { path: "/usr/local/lib/cronium/package.json", version: /"version": *"(.*?)"/ },
  scripts: {
    nothing: "",
    wait: "console.log('ready'); setTimeout(() => {}, 30000)",
    orphan: `
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const middle = "console.log(require('node:child_process').spawn(process.execPath, ['-e', ''], " +
  "{ stdio: 'ignore', detached: true }).pid); process.exit()";
const pid = Number(execFileSync(process.execPath, ["-e", middle]));
console.log(readFileSync("/proc/1/comm", "utf8").trim());
const end = Date.now() + 2000;
const timer = setInterval(() => {
  if (!existsSync("/proc/" + pid)) clearInterval(timer);
  else if (Date.now() > end) process.exit(1);
}, 50);
`,
    shell: "process.stdout.write(require('node:child_process').execSync('echo $((6 * 7))'))",
    library: `
for (const name of require("node:module").builtinModules) {
  try { require(name.startsWith("node:") ? name : "node:" + name); } catch { console.log(name); }
}
`,
    tools: `
try { require("axios").get; } catch { console.log("axios by require"); }
import("axios").catch(() => console.log("axios by import"));
`,
    helper: `
const { input } = require("cronium");
input().catch((error) => console.log(error.message));
`,
  },
};

export const LANGUAGES: readonly Language[] = [BASH, PYTHON, NODEJS];

/** Most bytes, in MB, that an image's files may have: images/README.md; by the title's last part. */
export const SIZE_BUDGETS: Readonly<Record<string, number>> = {
  base: 5,
  bash: 33,
  python: 60,
  nodejs: 120,
  "runtime-api": 121,
  valkey: 23,
};

/** The language that an image promises. */
export function promisedLanguage(image: ImageContents): Language | undefined {
  const name = labelsOf(image)["dev.cronium.language"];
  return LANGUAGES.find((language) => language.name === name);
}

/** Whether an image promises a shell for its language's subprocesses. */
export function promisesShell(image: ImageContents): boolean {
  return labelsOf(image)["dev.cronium.shell"] === "true";
}

/** How a script can be run in an image: in the promised language, else in one whose interpreter is there. */
export function interpreterOf(image: ImageContents): { language: Language; program: string } | undefined {
  const promised = promisedLanguage(image);
  for (const language of promised ? [promised] : [PYTHON, NODEJS, BASH]) {
    const program = language.programs.find((path) => lookup(image, path));
    if (program !== undefined) return { language, program };
  }
  return undefined;
}
