#!/usr/bin/python3 -I
"""Healthy: Python starts, the helper loads, and /tmp can be written to."""

import tempfile

import cronium

with tempfile.TemporaryFile(dir="/tmp") as file:
    file.write(cronium.__version__.encode())
print("healthy")
