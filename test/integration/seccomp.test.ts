import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Docker } from "../../docker/client";
import { seccompOption } from "../../docker/seccomp";
import { machineEngine, testName } from "../support/engine";
import { imageRef, requireImages } from "../support/images";

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** A call that the profiles refuse, by its name and what it is for. Without them it succeeds, with the capability that it needs. */
interface Refused {
  /** Numbers on x86-64 and arm64, which share most of the newer ones; a few are of x86-64 alone. */
  number: number | readonly [x64: number, arm64?: number];
  /** Python, evaluated where `buffer` is 4 KiB of zeros and `call` makes another call. */
  args: string;
  capability?: string;
  errno?: number;
}

const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNS = 0x20000;
/** The other flags of clone(2), which take a capability. */
const NAMESPACES = {
  mounts: CLONE_NEWNS,
  "control groups": 0x2000000,
  names: 0x4000000,
  IPC: 0x8000000,
  processes: 0x20000000,
  networks: 0x40000000,
};
const REFUSED: Record<string, Refused> = {
  "mount of a tmpfs": { number: [165, 40], args: 'b"none", b"/tmp", b"tmpfs", 0, 0', capability: "SYS_ADMIN" },
  "umount2 of /tmp": { number: [166, 39], args: 'b"/tmp", 2', capability: "SYS_ADMIN" },
  fsopen: { number: 430, args: 'b"tmpfs", 0', capability: "SYS_ADMIN" },
  fsconfig: { number: 431, args: 'call(430, b"tmpfs", 0), 6, 0, 0, 0', capability: "SYS_ADMIN" },
  fsmount: { number: 432, args: "made_tmpfs(), 0, 0", capability: "SYS_ADMIN" },
  fspick: { number: 433, args: '-100, b"/tmp", 0', capability: "SYS_ADMIN" },
  open_tree: { number: 428, args: '-100, b"/tmp", 0', capability: "SYS_ADMIN" },
  move_mount: { number: 429, args: 'call(428, -100, b"/tmp", 1), b"", -100, b"/tmp", 4', capability: "SYS_ADMIN" },
  mount_setattr: { number: 442, args: '-100, b"/tmp", 0, buffer, 32', capability: "SYS_ADMIN" },
  ptrace: { number: [101, 117], args: "0, 0, 0, 0" },
  keyctl: { number: [250, 219], args: "0, -3, 0" },
  add_key: { number: [248, 217], args: 'b"user", b"name", b"x", 1, -2' },
  request_key: { number: [249, 218], args: "made_key(), b'name', 0, 0" },
  bpf: { number: [321, 280], args: "0, map_attributes, 72", capability: "SYS_ADMIN" },
  "unshare of users": { number: [272, 97], args: `${CLONE_NEWUSER}` },
  "unshare of mounts": { number: [272, 97], args: `${CLONE_NEWNS}`, capability: "SYS_ADMIN" },
  setns: { number: [308, 268], args: "os.open('/proc/self/ns/uts', 0), 0", capability: "SYS_ADMIN" },
  "clone into new users": { number: [56, 220], args: `${CLONE_NEWUSER | 17}, 0, 0, 0, 0` },
  ...Object.fromEntries(
    Object.entries(NAMESPACES).map(([what, flag]): [string, Refused] => [
      `clone into new ${what}`,
      { number: [56, 220], args: `${flag | 17}, 0, 0, 0, 0`, capability: "SYS_ADMIN" },
    ]),
  ),
  clone3: { number: 435, args: "clone_arguments, 64", errno: ENOSYS },
  io_uring_setup: { number: 425, args: "1, buffer" },
  io_uring_enter: { number: 426, args: "call(425, 1, buffer), 0, 0, 0, 0, 0" },
  io_uring_register: { number: 427, args: "call(425, 1, buffer), 8, zeros, 1" },
  perf_event_open: { number: [298, 241], args: "perf_attributes, 0, -1, -1, 0", capability: "SYS_ADMIN" },
  userfaultfd: { number: [323, 282], args: "1" },
  process_vm_readv: { number: [310, 270], args: "os.getpid(), buffer, 0, buffer, 0, 0" },
  process_vm_writev: { number: [311, 271], args: "os.getpid(), buffer, 0, buffer, 0, 0" },
  process_madvise: { number: 440, args: "pidfd(), buffer, 0, 20, 0" },
  pidfd_getfd: { number: 438, args: "pidfd(), 0, 0" },
  kcmp: { number: [312, 272], args: "os.getpid(), os.getpid(), 1, 0, 0" },
  name_to_handle_at: { number: [303, 264], args: "-100, b'/tmp', handle, buffer, 0" },
  open_by_handle_at: {
    number: [304, 265],
    args: "os.open('/tmp', 0), handle_of_tmp(), 0",
    capability: "DAC_READ_SEARCH",
  },
  fanotify_init: { number: [300, 262], args: "0, 0", capability: "SYS_ADMIN" },
  fanotify_mark: { number: [301, 263], args: "call([300, 262], 0, 0), 0x80, 0, -100, 0", capability: "SYS_ADMIN" },
  personality: { number: [135, 92], args: "0x0040000" },
  chroot: { number: [161, 51], args: 'b"/tmp"', capability: "SYS_CHROOT" },
  sethostname: { number: [170, 161], args: 'b"x", 1', capability: "SYS_ADMIN" },
  setdomainname: { number: [171, 162], args: 'b"x", 1', capability: "SYS_ADMIN" },
  "settimeofday to nothing": { number: [164, 170], args: "0, 0", capability: "SYS_TIME" },
  "adjtimex by nothing": { number: [159, 171], args: "buffer" },
  "clock_adjtime by nothing": { number: [305, 266], args: "0, buffer" },
  acct: { number: [163, 89], args: "0", capability: "SYS_PACCT" },
  vhangup: { number: [153, 58], args: "0", capability: "SYS_TTY_CONFIG" },
  modify_ldt: { number: [154], args: "0, buffer, 4096" },
  "mknod of a device": { number: [133], args: "b'/tmp/zero', 0o020666, 0x105", capability: "MKNOD" },
  "mknodat of a device": { number: [259, 33], args: "-100, b'/tmp/null', 0o020666, 0x103", capability: "MKNOD" },
  shmget: { number: [29, 194], args: "0, 4096, 0o1600" },
  shmat: { number: [30, 196], args: "memory(), 0, 0" },
  shmdt: { number: [67, 197], args: "call([30, 196], memory(), 0, 0)" },
  shmctl: { number: [31, 195], args: "memory(), 0, 0" },
  semget: { number: [64, 190], args: "0, 1, 0o1600" },
  semop: { number: [65, 193], args: "semaphore(), struct.pack('HhH', 0, 1, 0), 1" },
  semtimedop: { number: [220, 192], args: "semaphore(), struct.pack('HhH', 0, 1, 0), 1, 0" },
  semctl: { number: [66, 191], args: "semaphore(), 0, 12, 0" },
  msgget: { number: [68, 186], args: "0, 0o1600" },
  msgsnd: { number: [69, 189], args: "call([68, 186], 0, 0o1600), message, 1, 0" },
  msgrcv: { number: [70, 188], args: "queue(), buffer, 8, 0, 0" },
  msgctl: { number: [71, 187], args: "queue(), 0, 0" },
  set_mempolicy: { number: [238, 237], args: "0, 0, 0" },
  set_mempolicy_home_node: { number: 450, args: "0, 0, 0, 0" },
  get_mempolicy: { number: [239, 236], args: "buffer, 0, 0, 0, 0" },
  mbind: { number: [237, 235], args: "0, 0, 0, 0, 0, 0" },
  move_pages: { number: [279, 239], args: "0, 0, 0, 0, 0, 0" },
  migrate_pages: { number: [256, 238], args: "0, 64, node, node" },
  syslog: { number: [103, 116], args: "10, 0, 0", capability: "SYSLOG" },
  "socket of AF_PACKET": { number: [41, 198], args: "17, 3, 0", capability: "NET_RAW", errno: EAFNOSUPPORT },
  "socket of AF_VSOCK": { number: [41, 198], args: "40, 1, 0", errno: EAFNOSUPPORT },
  "socket of NETLINK_AUDIT": { number: [41, 198], args: "16, 3, 9" },
  memfd_secret: { number: 447, args: "0", errno: ENOSYS },
  // Last, as the others would not find their files any more.
  pivot_root: { number: [155, 41], args: "b'/tmp', folder(b'/tmp/old')", capability: "SYS_ADMIN" },
};

/** Those that are refused and not shown to work, and why. */
const NOT_SHOWN: Record<string, readonly string[]> = {
  "it would set the machine's clock": ["clock_settime"],
  "it would change or end the machine's kernel": [
    "delete_module",
    "finit_module",
    "init_module",
    "kexec_file_load",
    "kexec_load",
    "reboot",
  ],
  "it would take a disk of the machine": ["quotactl", "quotactl_fd", "swapoff", "swapon"],
  "not every kernel has it": ["ioperm", "iopl", "lookup_dcookie"],
};

const REFUSED_HERE = Object.entries(REFUSED).filter(
  ([, { number }]) => typeof number === "number" || process.arch === "x64" || number.length === 2,
);

/** Numbers that the profile does not name, or that no kernel has yet. */
const UNKNOWN = { "a call of tomorrow": 900, cachestat: 451, mseal: 462 };

/** Each call in a process of its own; prints the error's number for each, 0 for success. */
const SCRIPT = `
import ctypes, json, os, platform, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
calls = json.loads(sys.argv[1])
buffer, zeros = ctypes.create_string_buffer(4096), ctypes.create_string_buffer(4096)
handle = ctypes.create_string_buffer(struct.pack("I", 128) + bytes(132))
map_attributes = ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 4, 1) + bytes(56))
perf_attributes = ctypes.create_string_buffer(struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0x61) + bytes(112))
clone_arguments = ctypes.create_string_buffer(bytes(32) + struct.pack("Q", 17) + bytes(24))
node, message = struct.pack("Q", 1), struct.pack("Qc", 1, b"x")
machine = 0 if platform.machine() == "x86_64" else 1
def call(number, *args):
    number = number[machine] if isinstance(number, list) else number
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args])
def made_tmpfs():
    context = call(430, b"tmpfs", 0)
    call(431, context, 6, 0, 0, 0)
    return context
def made_key():
    call([248, 217], b"user", b"name", b"x", 1, -2)
    return b"user"
def handle_of_tmp():
    call([303, 264], -100, b"/tmp", handle, buffer, 0)
    return handle
def memory():
    return call([29, 194], 0, 4096, 0o1600)
def semaphore():
    return call([64, 190], 0, 1, 0o1600)
def queue():
    made = call([68, 186], 0, 0o1600)
    call([69, 189], made, message, 1, 0)
    return made
def folder(path):
    os.makedirs(path, exist_ok=True)
    return path
def pidfd():
    try:
        return os.pidfd_open(os.getpid())
    except OSError:
        return -1
errors = {}
for name, number, args in calls:
    pid = os.fork()
    if pid == 0:
        result = call(number, *eval("(" + args + ",)"))
        # A child of clone ends here, too, with success.
        os._exit(0 if result >= 0 else ctypes.get_errno())
    errors[name] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps(errors))
`;

describe("seccomp", () => {
  const name = testName();
  let docker: Docker;
  let made = 0;

  before(async () => {
    docker = await machineEngine();
    await requireImages(docker, "python");
  });

  it("has calls to refuse that work without a profile, each with the capability that it needs alone", async () => {
    for (const capability of new Set(REFUSED_HERE.map(([, call]) => call.capability))) {
      const calls = REFUSED_HERE.filter(([, call]) => call.capability === capability);
      const without = await errors(calls, capability ? [capability] : [], "seccomp=unconfined");
      assert.deepEqual(without, Object.fromEntries(calls.map(([call]) => [call, 0])), `with ${capability}`);
    }
  });

  for (const profile of ["job", "runtime-api"] as const) {
    it(`${profile}: refuses them, whatever the capabilities`, async () => {
      const capabilities = [...new Set(REFUSED_HERE.flatMap(([, { capability }]) => capability ?? []))];
      const wanted = REFUSED_HERE.map(([call, { errno = EPERM }]) => [call, errno]);
      const under = await errors(REFUSED_HERE, capabilities, seccompOption(process.cwd(), profile));
      assert.deepEqual(under, Object.fromEntries(wanted));
    });

    it(`${profile}: refuses nothing else, but what would change the machine`, () => {
      const names = rulesOf(profile).flatMap(({ errnoRet, names }) => (errnoRet === EPERM ? names : []));
      const shown = Object.keys(REFUSED).map((call) => call.split(" ")[0]);
      const others = [...new Set(names)].filter((call) => !shown.includes(call));
      assert.deepEqual(others.sort(), Object.values(NOT_SHOWN).flat().sort());
    });

    it(`${profile}: answers ENOSYS to what it does not know`, async () => {
      const calls = Object.entries(UNKNOWN).map(([call, number]): [string, Refused] => [
        call,
        { number, args: "-1, 0, 0, 0" },
      ]);
      const answers = await errors(calls, [], seccompOption(process.cwd(), profile));
      assert.deepEqual(answers, Object.fromEntries(calls.map(([call]) => [call, ENOSYS])));
    });
  }

  it("has one rule for a call and its arguments", () => {
    for (const profile of ["job", "runtime-api"]) {
      const rules = rulesOf(profile).flatMap(({ names, args = [] }) =>
        names.map((call) => `${call} ${JSON.stringify(args)}`),
      );
      assert.deepEqual(
        rules.filter((rule, index) => rules.indexOf(rule) !== index),
        [],
      );
    }
  });

  /** The error number of each call in a container with these capabilities alone. */
  async function errors(
    calls: readonly [string, Refused][],
    capabilities: string[],
    seccomp: string,
  ): Promise<Record<string, number>> {
    const list = calls.map(([call, { number, args }]) => [call, number, args]);
    const container = await docker.createContainer({
      Image: imageRef("python"),
      name: `${name}-${made++}`,
      // A capability is in force for root alone.
      User: capabilities.length > 0 ? "0:0" : "1000:1000",
      Cmd: ["python3", "-c", SCRIPT, JSON.stringify(list)],
      HostConfig: {
        NetworkMode: "none",
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,mode=1777" },
        CapDrop: ["ALL"],
        CapAdd: capabilities,
        SecurityOpt: ["no-new-privileges", "apparmor=unconfined", seccomp],
      },
    });
    try {
      const stream = await container.attach({ stream: true, stdout: true, stderr: true });
      const [out, error] = [new PassThrough(), new PassThrough()];
      container.modem.demuxStream(stream, out, error);
      stream.once("end", () => {
        out.end();
        error.end();
      });
      await container.start();
      const [stdout, stderr] = await Promise.all([text(out), text(error)]);
      assert.equal(stderr, "");
      return JSON.parse(stdout) as Record<string, number>;
    } finally {
      await container.remove({ force: true });
    }
  }
});

function rulesOf(profile: string): { names: string[]; errnoRet?: number; args?: unknown[] }[] {
  return JSON.parse(readFileSync(`seccomp/${profile}.json`, "utf8")).syscalls;
}
