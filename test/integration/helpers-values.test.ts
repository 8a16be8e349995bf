import assert from "node:assert/strict";
import { Jobs } from "../support/jobs";

/** JSON texts that come back as they went in, through every helper. */
const EXACT = [
  "false",
  "true",
  "0",
  '""',
  "null",
  "[]",
  "{}",
  "9007199254740993",
  "-9223372036854775808",
  "18446744073709551615",
  "1.5",
  '"é 😀 \\"quoted\\" \\\\ back"',
  '"$(touch /tmp/x) `id` %s %d; \' \\\\n"',
  '{"a":{"b":[false,0,"",null,12345678901234567890]},"é":"ü"}',
  '"007"',
  '"[nan]"',
  '"-1 "',
];

interface Language {
  image: string;
  /** Reads the input and the variable "given", writes both back as output and as the variable "taken". */
  copy: string[];
  get: (key: string) => string[];
  set: (key: string, value: string) => string[];
}

const LANGUAGES: Language[] = [
  {
    image: "bash",
    copy: [
      "bash",
      "-c",
      'cronium_output "$(cronium_input --json)" && cronium_set_variable taken "$(cronium_get_variable --json given)"',
    ],
    get: (key) => ["bash", "-c", 'cronium_get_variable --json "$1"', "job", key],
    set: (key, value) => ["bash", "-c", 'cronium_set_variable "$1" "$2"', "job", key, value],
  },
  {
    image: "python",
    copy: [
      "python3",
      "-c",
      'cronium.output(cronium.input()); cronium.set_variable("taken", cronium.get_variable("given"))',
    ],
    get: (key) => ["python3", "-c", "import json,sys; print(json.dumps(cronium.get_variable(sys.argv[1])))", key],
    set: (key, value) => [
      "python3",
      "-c",
      "import json,sys; cronium.set_variable(sys.argv[1], json.loads(sys.argv[2]))",
      key,
      value,
    ],
  },
  {
    image: "nodejs",
    copy: [
      "node",
      "-e",
      'cronium.input().then(cronium.output).then(async () => cronium.setVariable("taken", await cronium.getVariable("given")))',
    ],
    get: (key) => [
      "node",
      "-e",
      "cronium.getVariable(process.argv[1]).then((value) => console.log(JSON.stringify(value)))",
      "--",
      key,
    ],
    set: (key, value) => [
      "node",
      "-e",
      "cronium.setVariable(process.argv[1], JSON.parse(process.argv[2]))",
      "--",
      key,
      value,
    ],
  },
];

describe("values through the helpers", () => {
  let jobs: Jobs;
  before(async () => {
    jobs = await Jobs.open();
  });
  after(() => jobs.remove());

  for (const { image, copy, get, set } of LANGUAGES) {
    describe(image, () => {
      it("gives back exactly what went in", async () => {
        const all = `[${EXACT.join(",")}]`;
        const user = `copy-${image}`;
        const { status, stderr, execution } = await jobs.run(image, copy, { input: all, user });
        assert.deepEqual([status, stderr], [0, ""]);
        assert.ok((await execution()).text.includes(`"output":${all}`), (await execution()).text);
      });

      it("keeps each value apart from the others", async () => {
        await Promise.all(
          ["false", "0", '""', "null", "9007199254740993"].map(async (text) => {
            const { status, stderr, execution } = await jobs.run(image, copy, {
              input: text,
              user: `apart-${image}-${text}`,
            });
            assert.deepEqual([status, stderr], [0, ""]);
            assert.ok((await execution()).text.includes(`"output":${text},`), (await execution()).text);
          }),
        );
      });

      it("takes any key as a name", async () => {
        const keys = ["a/b", "..", ".", "é 😀", "100%25", "q?x=1#y", "-n", "--json", "'\"\\", "a\tb"];
        const check = async (key: string) => {
          const user = `keys-${image}`;
          const wrote = await jobs.run(image, set(key, '"v"'), { user });
          assert.deepEqual([wrote.status, wrote.stderr], [0, ""], key);
          assert.deepEqual((await wrote.execution()).variables, { [key]: "v" });
          const read = await jobs.run(image, get(key), { user });
          assert.deepEqual([read.status, read.stdout.trim()], [0, '"v"'], key);
        };
        await Promise.all(keys.map(check));
      });

      it("says nothing is there for a missing variable, with status 0", async () => {
        const { status, stdout, stderr } = await jobs.run(image, get("missing"), { user: `none-${image}` });
        assert.deepEqual([status, stdout.trim(), stderr], [0, image === "bash" ? "" : "null", ""]);
      });

      it("takes the execution from the token where the id is the token", async () => {
        const options = { input: '"by token"', env: { CRONIUM_EXECUTION_ID: "TOKEN" } };
        const { status, stderr, execution } = await jobs.run(image, copy, options);
        assert.deepEqual([status, stderr], [0, ""]);
        assert.equal((await execution()).output, "by token");
      });

      it("says which variable of the environment is missing, at the first call", async () => {
        const missing = await jobs.runWithout(image, copy);
        assert.notEqual(missing.status, 0);
        assert.match(missing.stderr, /CRONIUM_EXECUTION_TOKEN is not set/);
        const half = await jobs.runWithout(image, copy, { CRONIUM_EXECUTION_TOKEN: "x" });
        assert.match(half.stderr, /CRONIUM_EXECUTION_ID is not set/);
      });
    });
  }

  it("carries megabytes", async () => {
    const size = 700_000;
    const scripts: Record<string, string[]> = {
      bash: [
        "bash",
        "-c",
        `v=$(head -c ${size} /dev/zero | tr '\\0' x); cronium_set_variable v "$v"; [[ $(cronium_get_variable v) == "$v" ]]`,
      ],
      python: [
        "python3",
        "-c",
        `v = "x" * ${size}; cronium.set_variable("v", v); assert cronium.get_variable("v") == v`,
      ],
      nodejs: [
        "node",
        "-e",
        `const v = "x".repeat(${size}); cronium.setVariable("v", v).then(cronium.getVariable.bind(0, "v")).then((r) => process.exit(r === v ? 0 : 1))`,
      ],
    };
    for (const [image, command] of Object.entries(scripts)) {
      const { status, stderr } = await jobs.run(image, command, { user: `mega-${image}` });
      assert.deepEqual([status, stderr], [0, ""], image);
    }
  });

  it("holds NUL and halves of surrogate pairs where the language can, and says so where not", async () => {
    const input = '"a\\u0000b\\ud800"';
    for (const { image, copy } of LANGUAGES.slice(1)) {
      const { execution } = await jobs.run(image, copy, { input });
      assert.equal((await execution()).output, "a\0b\ud800", image);
    }
    const nul = await jobs.run("bash", ["bash", "-c", "cronium_input"], { input: '"a\\u0000b"' });
    assert.deepEqual([nul.status, nul.stdout], [1, ""]);
    assert.match(nul.stderr, /NUL/);
    const half = await jobs.run("bash", ["bash", "-c", "cronium_input"], { input: '"a\\udc00b"' });
    assert.deepEqual([half.status, half.stdout], [1, ""]);
    const bytes = await jobs.run("bash", ["bash", "-c", "cronium_output $'\\xff'"]);
    assert.match(bytes.stderr, /UTF-8/);
    assert.equal(bytes.status, 1);
  });

  it("refuses numbers that a language cannot hold", async () => {
    for (const input of ["1e400", "-1e400", "1e-400"]) {
      for (const [image, command] of [
        ["python", ["python3", "-c", "cronium.input()"]],
        ["nodejs", ["node", "-e", "cronium.input()"]],
      ] as const) {
        const { status, stderr } = await jobs.run(image, [...command], { input });
        assert.equal(status, 1, `${image} ${input}`);
        assert.match(stderr, /does not fit/);
      }
    }
    const nan = await jobs.run("python", ["python3", "-c", "cronium.output(float('nan'))"]);
    assert.match(nan.stderr, /CroniumError: the value cannot be sent as JSON/);
    const infinity = await jobs.run("nodejs", ["node", "-e", "cronium.output({ a: Infinity })"]);
    assert.match(infinity.stderr, /CroniumError: the value cannot be sent as JSON: "a" is Infinity/);
  });

  it("sends from bash what is one JSON document as JSON, and anything else as a string", async () => {
    const json = ["1", " 5 ", "true ", "-0", "1e5", '"x"', '{"a":[1,2.50]}', " [1, 2]\n", '"\\ud800"'];
    const strings = [
      "",
      " ",
      "01",
      "+1",
      ".5",
      "1.",
      "nan",
      "[nan]",
      "[007]",
      "{",
      '{"a":1}{"b":2}',
      '"a\nb"',
      "nul",
      "x y",
      "'",
    ];
    const script = 'i=0; for v; do cronium_set_variable "v$i" "$v" || exit; i=$((i + 1)); done';
    const { status, stderr, execution } = await jobs.run("bash", ["bash", "-c", script, "job", ...json, ...strings], {
      user: "kinds",
    });
    assert.deepEqual([status, stderr], [0, ""]);
    const { variables } = await execution();
    for (const [at, text] of json.entries()) assert.deepEqual(variables[`v${at}`], JSON.parse(text), text);
    for (const [at, text] of strings.entries()) assert.equal(variables[`v${json.length + at}`], text);
  });

  it("sets and clears the condition in every form, and refuses others", async () => {
    const forms = { true: true, 1: true, yes: true, on: true, false: false, 0: false, no: false, off: false };
    for (const [form, condition] of Object.entries(forms)) {
      const { execution } = await jobs.run("bash", ["bash", "-c", `cronium_set_condition ${form}`]);
      assert.equal((await execution()).condition, condition, form);
    }
    const wrong = await jobs.run("bash", ["bash", "-c", "cronium_set_condition maybe"]);
    assert.notEqual(wrong.status, 0);
    assert.equal((await wrong.execution()).condition, null);
    assert.match((await jobs.run("python", ["python3", "-c", "cronium.set_condition('yes')"])).stderr, /True or False/);
    assert.match((await jobs.run("nodejs", ["node", "-e", "cronium.setCondition('yes')"])).stderr, /true or false/);
  });

  it("says what started the execution", async () => {
    const commands: Record<string, string[]> = {
      bash: ["bash", "-c", "cronium_event | jq -r .executionId"],
      python: ["python3", "-c", 'print(cronium.event()["executionId"])'],
      nodejs: ["node", "-e", "cronium.event().then((event) => console.log(event.executionId))"],
    };
    for (const [image, command] of Object.entries(commands)) {
      const { stdout, execution } = await jobs.run(image, command);
      assert.ok((await execution()).text.includes(`"executionId":"${stdout.trim()}"`), image);
    }
  });
});
