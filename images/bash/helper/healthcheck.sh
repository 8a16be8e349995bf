#!/bin/bash
# Healthy: bash starts, the helper loads with its programs, /tmp can be written to, and if the environment is a job's, the
# helper can use it. It asks nothing of the runtime API: a job goes on while that is away (cronium_info asks it).
set -eu
# shellcheck source=/dev/null
source /usr/local/bin/cronium.sh
declare -F cronium_input >/dev/null
curl -q --version >/dev/null
[[ $(printf '{"n": 1e400}' | HOME=/nonexistent jq -L /usr/local/lib/cronium -Rrs 'include "json"; printed') == '{"n":1e400}' ]]
rm "$(mktemp /tmp/healthcheck.XXXXXX)"
if [[ -n $CRONIUM_TOKEN$CRONIUM_EXEC_ID ]]; then
  _command=healthcheck __cronium_config GET input
fi
echo healthy
