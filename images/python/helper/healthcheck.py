#!/usr/bin/python3 -I
"""Healthy: Python starts, the helper loads, /tmp can be written to, and if the environment is a job's, the helper can use it.

It asks nothing of the runtime API: a job goes on while that is away (cronium.info() asks it).
"""

import os
import sys
import tempfile

import cronium

with tempfile.TemporaryFile(dir="/tmp") as file:
    file.write(cronium.__version__.encode())
if os.environ.get("CRONIUM_EXECUTION_TOKEN") or os.environ.get("CRONIUM_EXECUTION_ID"):
    try:
        cronium.Cronium()
    except cronium.CroniumError as error:
        sys.exit(f"healthcheck: {error}")
print("healthy")
