// What the calls send, as a stand-in for the runtime API sees it.

import type { Case } from "./case";

export const sendCases: Case[] = [
  {
    what: "the path or the token is changed",
    call: "getVariable",
    args: ['"k"'],
    steps: "variable-1",
    returns: "1",
    saw: { method: "GET", path: "/executions/e/variables/k" },
  },
  {
    what: "the output is sent in another form",
    call: "output",
    args: ['{"a":null}'],
    steps: "200",
    saw: { method: "POST", path: "/executions/e/output", body: { data: { a: null } } },
  },
  {
    what: "the condition is sent as a string",
    call: "setCondition",
    args: ["true"],
    steps: "200",
    saw: { method: "POST", path: "/executions/e/condition", body: { condition: true } },
  },
  {
    what: "bash's words for a condition are not known",
    call: "setCondition",
    only: ["bash"],
    bash: { args: ["on"] },
    steps: "200",
    saw: { body: { condition: true } },
  },
  {
    what: "an append is sent in another form",
    call: "appendVariable",
    args: ['"k"', '"v"', '","'],
    steps: 'variable-"v"',
    returns: '"v"',
    bash: { returns: "" },
    saw: { path: "/executions/e/variables/k/append", body: { value: "v", separator: "," } },
  },
  tool(
    "a tool's parameters are lost or altered",
    "executeToolAction",
    ['"my\\"tool"', '"a\\\\b"', '{"deep":[{"x":"}{\\"]"}],"é":12}'],
    'my"tool',
    "a\\b",
    { deep: [{ x: '}{"]' }], é: 12 },
  ),
  {
    what: "parameters reach out of their place",
    call: "executeToolAction",
    args: ['"a"', '"b"', '{},"tool":"other","x":{}'],
    only: ["bash"],
    steps: "200",
    fails: /one JSON object/,
    saw: { requests: 0 },
  },
  {
    what: "a tool that failed is taken for a success",
    call: "executeToolAction",
    args: ['"a"', '"b"', "{}"],
    steps: 'body-{"success":false,"error":"no such channel"}',
    fails: /no such channel/,
  },
  {
    what: "a tool's answer is lost",
    call: "executeToolAction",
    args: ['"a"', '"b"', "{}"],
    steps: 'body-{"success":true,"data":{"id":12345678901234567890},"metadata":{"n":1}}',
    returns: '{"id":12345678901234567890}',
  },
  tool(
    "addresses are not split, or options lost",
    "sendEmail",
    [
      '{"to":"a@example.com, b@example.com","subject":"é \\"s\\"","body":"line\\nline","cc":"c@example.com","bcc":"d@example.com,","html":true,"reply_to":"r@example.com"}',
    ],
    "email",
    "send_message",
    {
      to: ["a@example.com", "b@example.com"],
      subject: 'é "s"',
      body: "line\nline",
      cc: ["c@example.com"],
      bcc: ["d@example.com"],
      html: true,
      reply_to: "r@example.com",
    },
  ),
  tool(
    "Slack's options are lost",
    "sendSlackMessage",
    ['{"channel":"#c","text":"$(id) t","username":"u","icon_emoji":":x:","icon_url":"https://example.com/i"}'],
    "slack",
    "send_message",
    { channel: "#c", text: "$(id) t", username: "u", icon_emoji: ":x:", icon_url: "https://example.com/i" },
  ),
  tool(
    "Discord's embeds are lost",
    "sendDiscordMessage",
    ['{"channelId":"1","content":"t","embeds":[{"title":"x, y"}]}'],
    "discord",
    "send_message",
    { channelId: "1", content: "t", embeds: [{ title: "x, y" }] },
  ),
];

function tool(what: string, call: Case["call"], args: string[], name: string, action: string, params: object): Case {
  const body = { tool: name, action, params, config: params };
  const saw = { requests: 1, method: "POST", path: "/tool-actions/execute", body };
  return { what, call, args, steps: 'raw-{"id":"m"}', returns: '{"id":"m"}', saw };
}
