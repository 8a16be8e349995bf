#!/bin/bash
# Makes the calls of a table ($1) with the bash helper. Prints for each: number, status, output, errors, each with a NUL after it.
cd /tmp || exit

# call NUMBER [NAME=VALUE|NAME]... -- FUNCTION [ARGUMENT]...: a name alone is taken out of the environment.
call() {
  local number=$1 status=0
  shift
  (
    unset CRONIUM_API CRONIUM_TOKEN CRONIUM_EXEC_ID
    for change; do
      shift
      case $change in
        --) break ;;
        *=*) export "${change?}" ;;
        *) unset "$change" ;;
      esac
    done
    # shellcheck source=images/bash/helper/cronium.sh
    source /usr/local/bin/cronium.sh
    set -euo pipefail
    "$@"
  ) >"$number.out" 2>"$number.err" </dev/null || status=$?
  printf %s "$status" >"$number.status"
}

# shellcheck source=/dev/null
source "$1"
wait
for file in *.status; do
  number=${file%.status}
  printf '%s\0%s\0' "$number" "$(<"$file")"
  cat "$number.out"
  printf '\0'
  cat "$number.err"
  printf '\0'
done
