# shellcheck shell=bash
# Cronium's runtime API for bash jobs: sourced, by BASH_ENV without a word of the script.
# Version 0.1.0
#
#   n=$(cronium_input | jq .n)
#   cronium_set_variable last "$n"
#   cronium_output "{\"n\":$((n + 1))}"
#
# A VALUE or DATA that is one JSON document is sent as it is, anything else as a JSON string; - reads it from standard
# input. Strings are printed raw, all else as compact JSON text; --json always prints the JSON text. Errors are one line
# on standard error and status 1.
#
# Locals begin with _, since a script may have made any other name readonly.

# Prints the input of this execution; nothing if it has none.
# cronium_input [--json]
cronium_input() { __cronium input "$@"; }

# Sets the output of this execution; the last one counts.
# cronium_output DATA|-
cronium_output() { __cronium output "$@"; }

# Prints one of the user's variables; nothing, with status 0, if there is none.
# cronium_get_variable [--json] KEY
cronium_get_variable() { __cronium get_variable "$@"; }

# Sets one of the user's variables; other executions of the user see it.
# cronium_set_variable KEY VALUE|-
cronium_set_variable() { __cronium set_variable "$@"; }

# Sets the condition by which a workflow goes on after this execution.
# cronium_set_condition true|false|1|0|yes|no|on|off
cronium_set_condition() { __cronium set_condition "$@"; }

# Prints what started this execution as a JSON object: ids, event, user, start time; {} if nothing is known.
# cronium_event [--json]
cronium_event() { __cronium event "$@"; }

# Prints what a dotted path (user.email, metadata.input.rows.0) leads to in the event; nothing if it leads nowhere.
# cronium_event_field [--json] FIELD
cronium_event_field() { __cronium event_field "$@"; }

__cronium_input() {
  local _filter=printed
  __cronium_options '[--json]' 0 "$@" || return
  __cronium_call GET /input || return
  __cronium_print "data | $_filter"
}

__cronium_output() {
  local _data
  (($# == 1)) || __cronium_usage 'DATA|-' || return
  __cronium_encode "$1" || return
  __cronium_call POST /output "{\"data\":$_data}"
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
  (($# == 2)) || __cronium_usage 'KEY VALUE|-' || return
  __cronium_variable_path "$1" || return
  __cronium_encode "$2" || return
  __cronium_call PUT "$_path" "{\"value\":$_data}"
}

__cronium_set_condition() {
  local _condition
  case ${1-} in
  true | 1 | yes | on) _condition=true ;;
  false | 0 | no | off) _condition=false ;;
  *) __cronium_usage 'true|false|1|0|yes|no|on|off' || return ;;
  esac
  __cronium_call POST /condition "{\"condition\":$_condition}"
}

__cronium_event() {
  local _filter=printed
  __cronium_options '[--json]' 0 "$@" || return
  __cronium_call GET /context || return
  __cronium_print "first((data | select(. != \"null\")), \"{}\") | $_filter"
}

__cronium_event_field() {
  local _filter=printed
  __cronium_options '[--json] FIELD' 1 "$@" || return
  [[ -n ${*: -1} ]] || __cronium_fail 'a field must not be empty' || return
  __cronium_call GET /context || return
  __cronium_print "data | field(\$argument) | $_filter" "${@: -1}"
}

# Runs a call apart from the script's shell options, traces (they would show the token) and locale.
__cronium() {
  local - LC_ALL=C _command=cronium_$1 _status='' _answer='' _escaped=''
  set +aeuxvET +o pipefail
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
  _path=/variables/$_escaped
}

# Sets _escaped to a text as one segment of a URL's path.
__cronium_escape() {
  local _i _byte _code
  _escaped=''
  for ((_i = 0; _i < ${#1}; _i++)); do
    _byte=${1:_i:1}
    if [[ $_byte == [a-zA-Z0-9._~-] ]]; then
      _escaped+=$_byte
    else
      printf -v _code %d "'$_byte"
      printf -v _code %%%02X "$((_code & 255))"
      _escaped+=$_code
    fi
  done
}

# Sets _data to the JSON text of a value, or of standard input for -.
__cronium_encode() {
  local _value=$1 _bytes
  if [[ $_value == - ]]; then
    # bash drops NULs; 0xFF is no UTF-8 text either, and stays.
    _value=$(command tr '\0' '\377' && printf x) || __cronium_fail "standard input cannot be read" || return
    _value=${_value%x}
  fi
  _bytes=${#_value}
  local LC_ALL=C.UTF-8
  _data=$(__cronium_jq "encoded([$_bytes, ${#_value}])" "$_value")
}

# Prints what a filter of json.jq makes of the answer. $2: the filter's $argument.
__cronium_print() { __cronium_jq "$1" "$_answer" "${2-}"; }

# Runs a filter of json.jq over a text. jq reads ~/.jq otherwise, which is the user's.
__cronium_jq() {
  local _result
  { _result=$(printf %s "$2" | HOME=/nonexistent command jq -L /usr/local/lib/cronium -Rrs \
    --arg argument "${3-}" "include \"json\"; $1" 2>&1 >&3); } 3>&1 || __cronium_fail "$_result"
}

# Calls the runtime API: METHOD PATH [BODY [missing]]; sets _status and _answer. Only for idempotent calls: it sends
# again what nobody knows the outcome of. `missing`: a 404 is an answer too.
__cronium_call() {
  local _config _deadline _now _attempt=0 _pause _retry_after _error _message
  local _attempts=${MAX_RETRIES-}
  [[ $_attempts =~ ^[1-9][0-9]?$ ]] || _attempts=3
  __cronium_config "$1" "$2" || return
  __cronium_now
  _deadline=$((_now + 120))
  while :; do
    ((++_attempt))
    __cronium_exchange "${3-}" "$((_deadline - _now < 30 ? _deadline - _now : 30))"
    [[ -z ${CRONIUM_DEBUG-} ]] || printf '%s: %s %s: %s %s\n' "$_command" "$1" "$2" "$_status" "$_error" >&2
    [[ $_status != 2?? || -n $_error ]] || return 0
    if [[ $_status == [45]?? && -n $_answer ]]; then
      _message=$(__cronium_jq message "$_answer" 2>/dev/null)
      [[ $_status != 404 || ${4-} != missing || -z $_message ]] || return 0
    else
      _message=''
    fi
    if ((_attempt >= _attempts)) || ! __cronium_pause; then break; fi
    __cronium_now
    ((_now + _pause / 1000 < _deadline)) || break
    command sleep "$((_pause / 1000)).$(printf %03d "$((_pause % 1000))")"
    __cronium_now
  done
  case $_status in
  [345]??) __cronium_fail "the runtime API answered $_status: ${_message:-${_answer:0:200}}" ;;
  *) __cronium_fail "the runtime API cannot be reached ($1 $2, attempt $_attempt): $_error" ;;
  esac
}

# Sets _pause to the milliseconds after which another attempt may help; fails if none does.
__cronium_pause() {
  local _delay=${RETRY_DELAY-}
  [[ $_delay =~ ^[0-9]{1,3}$ ]] || _delay=1
  # 1 s, 2 s, ... a quarter more or less.
  _pause=$((10#$_delay * _attempt * (750 + RANDOM % 501)))
  case $_status in
  429)
    [[ -n $_retry_after ]] || return 0
    if [[ ! $_retry_after =~ ^[0-9]{1,6}$ ]]; then
      _retry_after=$(command date --date="$_retry_after" +%s 2>/dev/null) || return 1
      _retry_after=$((_retry_after > EPOCHSECONDS ? _retry_after - EPOCHSECONDS : 0))
    fi
    _pause=$((10#$_retry_after * 1000))
    ;;
  # 2xx: the answer broke off.
  000 | 2?? | 5??) ;;
  *) return 1 ;;
  esac
  [[ $_error != *certificate* ]]
}

# One request and its answer. curl keeps off ~/.curlrc, proxies (they would be shown the token) and standard input.
__cronium_exchange() {
  local _options=(-q --config /dev/fd/9 --silent --globoff --path-as-is --noproxy '*' --max-time "$2"
    --write-out '\n%{http_code} %header{retry-after}\t%{errormsg}')
  if [[ -n $1 ]]; then
    _answer=$(printf %s "$1" | command curl "${_options[@]}" --json @- -H Expect: 9< <(printf %s "$_config"))
  else
    _answer=$(command curl "${_options[@]}" -H 'Accept: application/json' </dev/null 9< <(printf %s "$_config"))
  fi
  local _outcome=${_answer##*$'\n'}
  _answer=${_answer%$'\n'*}
  _status=${_outcome%% *}
  _retry_after=${_outcome#* }
  _error=${_retry_after#*$'\t'}
  _retry_after=${_retry_after%%$'\t'*}
}

# Sets _config to curl's configuration of a request: address and token, which thereby are in no argument.
__cronium_config() {
  local _api=${CRONIUM_API:-${CRONIUM_RUNTIME_API:-http://localhost:8081}}
  local _token=${CRONIUM_TOKEN:-${CRONIUM_EXECUTION_TOKEN-}} _id=${CRONIUM_EXEC_ID:-${CRONIUM_EXECUTION_ID-}}
  local _why='the runtime API can be used only from a Cronium job'
  [[ -n $_token ]] || __cronium_fail "CRONIUM_EXECUTION_TOKEN is not set: $_why" || return
  [[ -n $_id ]] || __cronium_fail "CRONIUM_EXECUTION_ID is not set: $_why" || return
  [[ $_token =~ ^[A-Za-z0-9._~+/=-]+$ ]] ||
    __cronium_fail 'CRONIUM_EXECUTION_TOKEN has characters that no token has' || return
  [[ $_api =~ ^https?://[^[:space:][:cntrl:]\"\\?#@]+$ ]] ||
    __cronium_fail "CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is $_api" || return
  while [[ $_api == */ ]]; do _api=${_api%/}; done
  __cronium_escape "$_id"
  printf -v _config 'url = "%s/executions/%s%s"\nrequest = %s\nheader = "Authorization: Bearer %s"\n' \
    "$_api" "$_escaped" "$2" "$1" "$_token"
}

# Sets _now to the seconds since the machine's start, which no change of the clock moves.
__cronium_now() {
  read -r _now </proc/uptime
  _now=${_now%%.*}
}

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

export -f cronium_input cronium_output cronium_get_variable cronium_set_variable cronium_set_condition cronium_event \
  cronium_event_field __cronium_input __cronium_output __cronium_get_variable __cronium_set_variable \
  __cronium_set_condition __cronium_event __cronium_event_field __cronium __cronium_options __cronium_usage \
  __cronium_fail __cronium_variable_path __cronium_escape __cronium_encode __cronium_print __cronium_jq \
  __cronium_call __cronium_pause __cronium_exchange __cronium_config __cronium_now
