"""Makes the calls of the table with the Python helper, `run.py sync` or `run.py asyncio`; prints outcomes as JSON lines."""

import json
import os
import re
import sys
import threading

POSITIONAL = {
    "sendEmail": ["to", "subject", "body"],
    "sendSlackMessage": ["channel", "text"],
    "sendDiscordMessage": ["channelId", "content"],
}


def call(target, case):
    """The call, made; a coroutine if the target's calls are."""
    args = [json.loads(text, parse_int=lambda digits: -0.0 if digits == "-0" else int(digits)) for text in case["args"]]
    options = {}
    if names := POSITIONAL.get(case["call"]):
        options = args[0]
        args = [options.pop(name) for name in names]
    return getattr(target, re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), case["call"]))(*args, **options)


def returned(case, value):
    return {"at": case["at"], "returns": json.dumps(value["ok"] if case["call"] == "info" else value)}


def failed(case, error):
    return {"at": case["at"], "error": f"{type(error).__name__}: {error}"}


def with_environment(case, make):
    before = dict(os.environ)
    os.environ.update({name: value for name, value in case["env"].items() if value is not None})
    for name in (name for name, value in case["env"].items() if value is None):
        os.environ.pop(name, None)
    try:
        return make()
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(cases):
    import cronium

    def outcome(target, case):
        try:
            return returned(case, call(target, case))
        except cronium.CroniumError as error:
            return failed(case, error)

    def later(client, case):
        print(json.dumps(outcome(client, case)) + "\n", end="", flush=True)

    threads = []
    for case in cases:
        if not case["env"]:
            later(cronium, case)
            continue
        try:
            client = with_environment(case, cronium.Cronium)
        except cronium.CroniumError as error:
            print(json.dumps(failed(case, error)))
            continue
        threads.append(threading.Thread(target=later, args=(client, case)))
        threads[-1].start()
        if not case["waits"]:
            threads[-1].join()
    for thread in threads:
        thread.join()
    assert "asyncio" not in sys.modules, "asyncio was loaded for the plain client"


async def run_asyncio(cases):
    import asyncio

    import cronium

    async def outcome(client, case):
        try:
            async with client:
                made = call(client, case)
                value = [piece async for piece in made] if case["call"] == "streamInput" else await made
                print(json.dumps(returned(case, value)))
        except cronium.CroniumError as error:
            print(json.dumps(failed(case, error)))

    waiting = []
    for case in cases:
        try:
            client = with_environment(case, cronium.AsyncCronium)
        except cronium.CroniumError as error:
            print(json.dumps(failed(case, error)))
            continue
        if case["waits"]:
            waiting.append(asyncio.create_task(outcome(client, case)))
        else:
            await outcome(client, case)
    await asyncio.gather(*waiting)


with open(sys.argv[2], encoding="utf-8") as file:
    CASES = json.load(file)
if sys.argv[1] == "sync":
    run(CASES)
else:
    from asyncio import run as run_until_done

    run_until_done(run_asyncio(CASES))
