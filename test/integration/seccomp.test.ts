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

/** A call that the profiles refuse. Without them it succeeds, with the capability that it needs. */
interface Refused {
  /** Numbers on x86-64 and arm64, which share most of the newer ones. */
  number: number | [x64: number, arm64: number];
  /** Python, evaluated where `buffer` is 4 KiB of zeros. */
  args: string;
  capability?: string;
  errno?: number;
}

const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNS = 0x20000;
const REFUSED: Record<string, Refused> = {
  "mount of a tmpfs": { number: [165, 40], args: 'b"none", b"/tmp", b"tmpfs", 0, 0', capability: "SYS_ADMIN" },
  "umount2 of /tmp": { number: [166, 39], args: 'b"/tmp", 2', capability: "SYS_ADMIN" },
  fsopen: { number: 430, args: 'b"tmpfs", 0', capability: "SYS_ADMIN" },
  open_tree: { number: 428, args: '-100, b"/tmp", 0', capability: "SYS_ADMIN" },
  ptrace: { number: [101, 117], args: "0, 0, 0, 0" },
  keyctl: { number: [250, 219], args: "0, -3, 0" },
  add_key: { number: [248, 217], args: 'b"user", b"name", b"x", 1, -2' },
  bpf: { number: [321, 280], args: "0, map_attributes, 72", capability: "SYS_ADMIN" },
  "unshare of users": { number: [272, 97], args: `${CLONE_NEWUSER}` },
  "unshare of mounts": { number: [272, 97], args: `${CLONE_NEWNS}`, capability: "SYS_ADMIN" },
  setns: { number: [308, 268], args: "os.open('/proc/self/ns/uts', 0), 0", capability: "SYS_ADMIN" },
  "clone into new users": { number: [56, 220], args: `${CLONE_NEWUSER | 17}, 0, 0, 0, 0` },
  clone3: { number: 435, args: "clone_arguments, 64", errno: ENOSYS },
  io_uring_setup: { number: 425, args: "1, buffer" },
  perf_event_open: { number: [298, 241], args: "perf_attributes, 0, -1, -1, 0", capability: "SYS_ADMIN" },
  userfaultfd: { number: [323, 282], args: "1" },
  process_vm_readv: { number: [310, 270], args: "os.getpid(), buffer, 0, buffer, 0, 0" },
  process_madvise: { number: 440, args: "pidfd(), buffer, 0, 20, 0" },
  pidfd_getfd: { number: 438, args: "pidfd(), 0, 0" },
  kcmp: { number: [312, 272], args: "os.getpid(), os.getpid(), 1, 0, 0" },
  name_to_handle_at: { number: [303, 264], args: "-100, b'/tmp', handle, buffer, 0" },
  personality: { number: [135, 92], args: "0x0040000" },
  chroot: { number: [161, 51], args: 'b"/tmp"', capability: "SYS_CHROOT" },
  sethostname: { number: [170, 161], args: 'b"x", 1', capability: "SYS_ADMIN" },
  "mknod of a device": { number: [259, 33], args: "-100, b'/tmp/null', 0o020666, 0x103", capability: "MKNOD" },
  shmget: { number: [29, 194], args: "0, 4096, 0o1600" },
  semget: { number: [64, 190], args: "0, 1, 0o1600" },
  msgget: { number: [68, 186], args: "0, 0o1600" },
  set_mempolicy: { number: [238, 237], args: "0, 0, 0" },
  syslog: { number: [103, 116], args: "10, 0, 0", capability: "SYSLOG" },
  "socket of AF_PACKET": { number: [41, 198], args: "17, 3, 0", capability: "NET_RAW", errno: EAFNOSUPPORT },
  "socket of AF_VSOCK": { number: [41, 198], args: "40, 1, 0", errno: EAFNOSUPPORT },
  "socket of NETLINK_AUDIT": { number: [41, 198], args: "16, 3, 9" },
  memfd_secret: { number: 447, args: "0", errno: ENOSYS },
};

/** Numbers that the profile does not name, or that no kernel has yet. */
const UNKNOWN = { "a call of tomorrow": 900, cachestat: 451, mseal: 462 };

/** Each call in a process of its own; prints the error's number for each, 0 for success. */
const SCRIPT = `
import ctypes, json, os, platform, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
calls = json.loads(sys.argv[1])
buffer = ctypes.create_string_buffer(4096)
handle = ctypes.create_string_buffer(struct.pack("I", 128) + bytes(132))
map_attributes = ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 4, 1) + bytes(56))
perf_attributes = ctypes.create_string_buffer(struct.pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0x61) + bytes(112))
clone_arguments = ctypes.create_string_buffer(bytes(32) + struct.pack("Q", 17) + bytes(24))
def pidfd():
    try:
        return os.pidfd_open(os.getpid())
    except OSError:
        return -1
errors = {}
for name, number, args in calls:
    pid = os.fork()
    if pid == 0:
        result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in eval("(" + args + ",)")])
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

  for (const profile of ["job", "runtime-api"] as const) {
    it(`${profile}: refuses what works without it`, async () => {
      const capabilities = new Set(Object.values(REFUSED).map(({ capability }) => capability));
      for (const capability of capabilities) {
        const calls = Object.entries(REFUSED).filter(([, call]) => call.capability === capability);
        const [without, under] = await Promise.all([
          errors(calls, capability, "seccomp=unconfined"),
          errors(calls, capability, seccompOption(process.cwd(), profile)),
        ]);
        assert.deepEqual(without, Object.fromEntries(calls.map(([call]) => [call, 0])), `with ${capability}`);
        const wanted = calls.map(([call, { errno = EPERM }]) => [call, errno]);
        assert.deepEqual(under, Object.fromEntries(wanted), `with ${capability}`);
      }
    });

    it(`${profile}: answers ENOSYS to what it does not know`, async () => {
      const calls = Object.entries(UNKNOWN).map(([call, number]): [string, Refused] => [
        call,
        { number, args: "-1, 0, 0, 0" },
      ]);
      const answers = await errors(calls, undefined, seccompOption(process.cwd(), profile));
      assert.deepEqual(answers, Object.fromEntries(calls.map(([call]) => [call, ENOSYS])));
    });
  }

  it("has one rule for a call and its arguments", () => {
    for (const profile of ["job", "runtime-api"]) {
      const { syscalls } = JSON.parse(readFileSync(`seccomp/${profile}.json`, "utf8")) as {
        syscalls: { names: string[]; args?: unknown[] }[];
      };
      const rules = syscalls.flatMap(({ names, args = [] }) => names.map((call) => `${call} ${JSON.stringify(args)}`));
      assert.deepEqual(
        rules.filter((rule, index) => rules.indexOf(rule) !== index),
        [],
      );
    }
  });

  /** The error number of each call in a container with that capability alone. */
  async function errors(
    calls: [string, Refused][],
    capability: string | undefined,
    seccomp: string,
  ): Promise<Record<string, number>> {
    const index = process.arch === "x64" ? 0 : 1;
    const list = calls.map(([call, { number, args }]) => [call, Array.isArray(number) ? number[index] : number, args]);
    const container = await docker.createContainer({
      Image: imageRef("python"),
      name: `${name}-${made++}`,
      // A capability is in force for root alone.
      User: capability ? "0:0" : "1000:1000",
      Cmd: ["python3", "-c", SCRIPT, JSON.stringify(list)],
      HostConfig: {
        NetworkMode: "none",
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,mode=1777" },
        CapDrop: ["ALL"],
        ...(capability && { CapAdd: [capability] }),
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
