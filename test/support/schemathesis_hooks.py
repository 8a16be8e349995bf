"""Hooks of schemathesis: with RANDOM_TOKENS set every call has another token that is none, and all of them are to be 401."""

import base64
import os
import random

import schemathesis

if os.environ.get("RANDOM_TOKENS"):
    source = random.Random(1)

    def _token() -> str:
        parts = [base64.urlsafe_b64encode(source.randbytes(source.randint(0, 60))).decode() for _ in range(3)]
        valid = os.environ["RANDOM_TOKENS"].split(".")
        at = source.randrange(4)
        if at < 3:
            parts = [*valid[:at], parts[at], *valid[at + 1 :]]
        return ".".join(parts)

    @schemathesis.hook
    def before_call(context, case, kwargs):
        case.headers["Authorization"] = f"Bearer {_token()}"

    @schemathesis.check
    def only_unauthorized(ctx, response, case):
        assert response.status_code == 401, f"{response.status_code}"
