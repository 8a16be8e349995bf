#!/bin/bash
# Healthy: bash starts, the helper and its tools are there, and /tmp can be written to.
set -eu
# shellcheck source=/dev/null
source /usr/local/bin/cronium.sh
declare -F cronium_input >/dev/null
command -v curl jq >/dev/null
file=$(mktemp /tmp/healthcheck.XXXXXX)
rm "$file"
echo healthy
