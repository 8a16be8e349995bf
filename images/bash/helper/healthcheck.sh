#!/bin/bash
# Healthy: bash starts, the helper loads with its programs, and /tmp can be written to.
set -eu
# shellcheck source=/dev/null
source /usr/local/bin/cronium.sh
declare -F cronium_input >/dev/null
curl -q --version >/dev/null
[[ $(printf '{"n": 1e400}' | HOME=/nonexistent jq -L /usr/local/lib/cronium -Rrs 'include "json"; printed') == '{"n":1e400}' ]]
rm "$(mktemp /tmp/healthcheck.XXXXXX)"
echo healthy
