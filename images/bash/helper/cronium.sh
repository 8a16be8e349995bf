# shellcheck shell=bash
# Cronium's runtime API for bash jobs: sourced, by BASH_ENV without a word of the script.
# Version 0.1.0
#
#   n=$(cronium_input | jq .n)
#   cronium_set_variable last "$n"
#   cronium_output "{\"n\":$((n + 1))}"
#
# A VALUE or DATA that is one JSON document is sent as it is, anything else as a JSON string; left out, it is read from
# standard input. Strings are printed raw, all else as compact JSON text; --json always prints the JSON text. Errors are
# one line on standard error and status 1.
#
# Locals begin with _, since a script may have made any other name readonly.

# All functions are exported.
__cronium_shell=$-
set -a

# Prints the input of this execution; nothing if it has none.
# cronium_input [--json]
cronium_input() { __cronium input "$@"; }

# Sets the output of this execution; the last one counts.
# cronium_output [DATA]
cronium_output() { __cronium output "$@"; }

# Prints one of the user's variables; nothing, with status 0, if there is none.
# cronium_get_variable [--json] KEY
cronium_get_variable() { __cronium get_variable "$@"; }

# Sets one of the user's variables; other executions of the user see it.
# cronium_set_variable KEY [VALUE]
cronium_set_variable() { __cronium set_variable "$@"; }

# Status 0 if one of the user's variables is there and not null, 1 if not, 2 if nobody knows.
# cronium_variable_exists KEY
cronium_variable_exists() { __cronium variable_exists "$@"; }

# Deletes one of the user's variables; there is nothing wrong if there is none.
# cronium_delete_variable KEY
cronium_delete_variable() { __cronium delete_variable "$@"; }

# Adds 1, or the integer N, to one of the user's variables in one step, and prints the new value; a missing one is 0.
# cronium_increment_variable KEY [N]
cronium_increment_variable() { __cronium increment_variable "$@"; }

# Appends to one of the user's variables in one step: a string, or the JSON text of a VALUE that is none. SEP comes before
# it unless it is the first.
# cronium_append_variable KEY VALUE [SEP]
cronium_append_variable() { __cronium append_variable "$@"; }

# Sets the condition by which a workflow goes on after this execution.
# cronium_set_condition true|false|1|0|yes|no|on|off
cronium_set_condition() { __cronium set_condition "$@"; }

# Prints what started this execution as a JSON object: ids, event, user, start time; {} if nothing is known.
# cronium_event [--json]
cronium_event() { __cronium event "$@"; }

# Prints what a dotted path (user.email, metadata.input.rows.0) leads to in the event; nothing if it leads nowhere.
# cronium_event_field [--json] FIELD
cronium_event_field() { __cronium event_field "$@"; }

# Has one of the user's tools do something with a JSON object, and prints what it answers.
# cronium_execute_tool_action [--json] TOOL ACTION JSON
cronium_execute_tool_action() { __cronium tool execute_tool_action "$@"; }

# Sends an email. Commas separate addresses; any other option is handed to the tool, with _ for -.
# cronium_send_email TO SUBJECT BODY [--cc ADDRESSES] [--bcc ADDRESSES] [--html] [--OPTION TEXT]...
cronium_send_email() { __cronium tool send_email "$@"; }

# Sends a message to Slack; any other option is handed to the tool, with _ for -.
# cronium_send_slack_message CHANNEL TEXT [--username NAME] [--icon-emoji EMOJI] [--icon-url URL] [--OPTION TEXT]...
cronium_send_slack_message() { __cronium tool send_slack_message "$@"; }

# Sends a message to Discord; any other option is handed to the tool, with _ for -.
# cronium_send_discord_message CHANNEL TEXT [--embed JSON]... [--OPTION TEXT]...
cronium_send_discord_message() { __cronium tool send_discord_message "$@"; }

# A self check: prints the helper's version, the API's address, the execution, and whether the API takes its token; if not,
# the status is 1 and the reason is on standard error.
# cronium_info
cronium_info() { __cronium info "$@"; }

__cronium_input() {
  local _filter=printed
  __cronium_options '[--json]' 0 "$@" || return
  __cronium_call GET input || return
  __cronium_print "data | $_filter"
}

__cronium_output() {
  local _data
  (($# <= 1)) || __cronium_usage '[DATA]' || return
  __cronium_encode "$@" || return
  __cronium_call POST output "{\"data\":$_data}"
}

__cronium_get_variable() {
  local _filter=printed _path
  __cronium_options '[--json] KEY' 1 "$@" || return
  __cronium_variable_path "${@: -1}" || return
  __cronium_call GET "$_path" '' missing || return
  [[ $_status == 404 ]] || __cronium_print "variable | $_filter"
}

__cronium_set_variable() {
  local _data _path
  (($# == 1 || $# == 2)) || __cronium_usage 'KEY [VALUE]' || return
  __cronium_variable_path "$1" || return
  __cronium_encode "${@:2}" || return
  __cronium_call PUT "$_path" "{\"value\":$_data}"
}

__cronium_variable_exists() {
  local _path _exists
  (($# == 1)) || __cronium_usage KEY || return 2
  __cronium_variable_path "$1" || return 2
  __cronium_call GET "$_path" '' missing || return 2
  [[ $_status != 404 ]] || return 1
  _exists=$(__cronium_print 'first(variable, "null") != "null"') || return 2
  [[ $_exists == true ]]
}

__cronium_delete_variable() {
  local _path
  (($# == 1)) || __cronium_usage KEY || return
  __cronium_variable_path "$1" || return
  __cronium_call DELETE "$_path" '' missing
}

__cronium_increment_variable() {
  local _path
  (($# == 1 || $# == 2)) && [[ ${2-1} =~ ^-?(0|[1-9][0-9]*)$ ]] ||
    __cronium_usage 'KEY [N], with an integer N' || return
  __cronium_variable_path "$1" || return
  __cronium_call POST "$_path/increment" "{\"by\":${2-1}}" once || return
  __cronium_print 'variable | printed'
}

__cronium_append_variable() {
  local _data _path _quoted
  (($# == 2 || $# == 3)) || __cronium_usage 'KEY VALUE [SEP]' || return
  __cronium_variable_path "$1" || return
  __cronium_encode "$2" || return
  __cronium_quote "${3-}"
  __cronium_call POST "$_path/append" "{\"value\":$_data,\"separator\":$_quoted}" once
}

__cronium_set_condition() {
  local _condition
  case ${1-} in
    true | 1 | yes | on) _condition=true ;;
    false | 0 | no | off) _condition=false ;;
    *) __cronium_usage 'true|false|1|0|yes|no|on|off' || return ;;
  esac
  __cronium_call POST condition "{\"condition\":$_condition}"
}

__cronium_event() {
  local _filter=printed
  __cronium_options '[--json]' 0 "$@" || return
  __cronium_call GET context || return
  __cronium_print "first((data | select(. != \"null\")), \"{}\") | $_filter"
}

__cronium_event_field() {
  local _filter=printed
  __cronium_options '[--json] FIELD' 1 "$@" || return
  [[ -n ${*: -1} ]] || __cronium_fail 'a field must not be empty' || return
  __cronium_call GET context || return
  __cronium_print "data | field(\$argument) | $_filter" "${@: -1}"
}

__cronium_info() {
  local _api _id
  (($# == 0)) || __cronium_usage 'without arguments' || return
  __cronium_names
  printf 'version: 0.1.0\napi: %s\nexecution: %s\n' "$_api" "$_id"
  if ! __cronium_call GET context; then
    echo 'ok: false'
    return 1
  fi
  echo 'ok: true'
}

# Runs a call apart from the script's shell options, traces (they would show the token) and locale.
__cronium() {
  local - LC_ALL=C _command=cronium_$1 _status='' _answer='' _escaped=''
  set +aeuxvET +o pipefail
  "__cronium_$1" "${@:2}"
}

# Runs a tool's call. What it is made of is loaded for those who ask for it.
__cronium_tool() {
  _command=cronium_$1
  # shellcheck source=images/bash/helper/tools.sh
  source /usr/local/lib/cronium/tools.sh
  "__cronium_$1" "${@:2}"
}

# Takes --json off the arguments, of which $2 have to be left.
__cronium_options() {
  local _words=$1 _count=$2
  shift 2
  if (($# > _count)) && [[ $1 == --json ]]; then
    _filter=.
    shift
  fi
  (($# == _count)) || __cronium_usage "$_words"
}

__cronium_usage() { __cronium_fail "usage: $_command $1"; }

__cronium_fail() {
  printf '%s: %s\n' "$_command" "$1" >&2
  return 1
}

# Sets _path to a variable's path. A segment of only dots would be taken as a step.
__cronium_variable_path() {
  [[ -n $1 ]] || __cronium_fail "a variable's key must not be empty" || return
  __cronium_escape "$1"
  [[ $1 != . && $1 != .. ]] || _escaped=${_escaped//./%2E}
  _path=variables/$_escaped
}

# Sets _data to the JSON text of a value, or of standard input if there is none.
__cronium_encode() {
  local _value=${1-}
  if (($# == 0)); then
    # bash drops NULs; 0xFF is no UTF-8 text either, and stays.
    _value=$(command tr '\0' '\377' && printf x) || __cronium_fail "standard input cannot be read" || return
    _value=${_value%x}
  fi
  _data=$(__cronium_jq encoded "$_value" 'the value')
}

# Sets _quoted to the JSON text of a string.
__cronium_quote() {
  local _text=${1//\\/\\\\} _code _hex _character
  _text=${_text//\"/\\\"}
  if [[ $_text == *[$'\x01'-$'\x1f']* ]]; then
    for ((_code = 1; _code < 32; _code++)); do
      printf -v _hex %02x "$_code"
      printf -v _character %b "\\x$_hex"
      _text=${_text//"$_character"/"\\u00$_hex"}
    done
  fi
  _quoted=\"$_text\"
}

# Prints what a filter of json.jq makes of the answer. $2: the filter's $argument.
__cronium_print() { __cronium_jq "$1" "$_answer" 'the answer' "${2-}"; }

# Runs a filter of json.jq over a text, WHAT it is and the filter's $argument. jq reads ~/.jq otherwise, which is the user's.
__cronium_jq() {
  local _result _bytes=${#2}
  local LC_ALL=C.UTF-8
  { _result=$(HOME=/nonexistent exec jq -L /usr/local/lib/cronium -Rrs --argjson size "[$_bytes,${#2}]" \
    --arg what "$3" --arg argument "${4-}" "include \"json\"; sound(\$size; \$what) | $1" \
    2>&1 >&3 < <(printf %s "$2")); } 3>&1 || __cronium_fail "$_result"
}

# shellcheck source=images/bash/helper/request.sh
source /usr/local/lib/cronium/request.sh
[[ $__cronium_shell == *a* ]] || set +a
unset __cronium_shell

# Fills in what scripts may read. A name that the script's environment has already stays.
__cronium_load() {
  local -
  set +aeuxvET
  : "${CRONIUM_API:=${CRONIUM_RUNTIME_API:-http://localhost:8081}}" "${CRONIUM_TOKEN:=${CRONIUM_EXECUTION_TOKEN-}}"
  : "${CRONIUM_EXEC_ID:=${CRONIUM_EXECUTION_ID-}}" "${MAX_RETRIES:=3}" "${RETRY_DELAY:=1}"
  # The known orchestrator puts the token where the id belongs: the id then is a claim of it.
  if [[ -n $CRONIUM_TOKEN && $CRONIUM_EXEC_ID == "$CRONIUM_TOKEN" ]]; then
    local _claims=${CRONIUM_TOKEN#*.} _id='"executionId"[[:space:]]*:[[:space:]]*"([^"\\]+)"'
    _claims=${_claims%%.*}
    _claims=${_claims//-/+}
    _claims=$(printf %s "${_claims//_//}==" | command base64 -d 2>/dev/null)
    [[ ! $_claims =~ $_id ]] || CRONIUM_EXEC_ID=${BASH_REMATCH[1]}
  fi
  return 0
}
__cronium_load
unset -f __cronium_load
