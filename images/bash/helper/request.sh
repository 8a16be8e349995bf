# shellcheck shell=bash
# shellcheck disable=SC2154 # _command is a local of the caller
# The requests of cronium.sh: addresses, attempts, one exchange.

# Calls the runtime API: METHOD PATH [BODY [missing|once]]; sets _status and _answer. A path is the execution's unless it
# begins with a slash. `missing`: a 404 is an answer too. `once`: is not sent again when nobody knows whether it arrived.
__cronium_call() {
  local _config _deadline _now _attempt=0 _pause _retry_after _error _failure _message
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
      _message=$(__cronium_jq message "$_answer" 'the answer' 2>/dev/null)
      [[ $_status != 404 || ${4-} != missing || -z $_message ]] || return 0
    else
      _message=''
    fi
    if ((_attempt >= _attempts)) || ! __cronium_pause "${4-}"; then break; fi
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
    # Nothing was done, whatever the call.
    429) ;;
    # 2xx: the answer broke off.
    000 | 2?? | 5??)
      # Neither the name nor the port was there.
      [[ $1 != once || $_failure == [567] ]] || return
      [[ $_error != *certificate* ]] || return
      ;;
    *) return 1 ;;
  esac
  [[ -n $_retry_after ]] || return 0
  if [[ ! $_retry_after =~ ^[0-9]{1,6}$ ]]; then
    _retry_after=$(command date --date="$_retry_after" +%s 2>/dev/null) || return 0
    _retry_after=$((_retry_after > EPOCHSECONDS ? _retry_after - EPOCHSECONDS : 0))
  fi
  _pause=$((10#$_retry_after * 1000))
}

# One request and its answer. curl keeps off ~/.curlrc, proxies (they would be shown the token) and standard input.
__cronium_exchange() {
  local _options=(-q --config /dev/fd/9 --silent --globoff --path-as-is --noproxy '*' --max-time "$2"
    --write-out '\n%{http_code} %{exitcode} %header{retry-after}\t%{errormsg}')
  if [[ -n $1 ]]; then
    _answer=$(exec curl "${_options[@]}" --json @- -H Expect: 9< <(printf %s "$_config") < <(printf %s "$1"))
  else
    _answer=$(exec curl "${_options[@]}" -H 'Accept: application/json' 9< <(printf %s "$_config") </dev/null)
  fi
  local _outcome=${_answer##*$'\n'}
  _answer=${_answer%$'\n'*}
  _status=${_outcome%% *}
  _outcome=${_outcome#* }
  _failure=${_outcome%% *}
  _outcome=${_outcome#* }
  _retry_after=${_outcome%%$'\t'*}
  _error=${_outcome#*$'\t'}
}

# Sets _config to curl's configuration of a request: address and token, which thereby are in no argument.
__cronium_config() {
  local _api _id _token=${CRONIUM_TOKEN:-${CRONIUM_EXECUTION_TOKEN-}} _path=$2
  local _why='the runtime API can be used only from a Cronium job'
  __cronium_names
  [[ -n $_token ]] || __cronium_fail "CRONIUM_EXECUTION_TOKEN is not set: $_why" || return
  [[ -n $_id ]] || __cronium_fail "CRONIUM_EXECUTION_ID is not set: $_why" || return
  [[ $_token =~ ^[A-Za-z0-9._~+/=-]+$ ]] ||
    __cronium_fail 'CRONIUM_EXECUTION_TOKEN has characters that no token has' || return
  [[ $_api =~ ^https?://[^[:space:][:cntrl:]\"\\?#@]+$ ]] ||
    __cronium_fail "CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is $_api" || return
  while [[ $_api == */ ]]; do _api=${_api%/}; done
  if [[ $_path != /* ]]; then
    __cronium_escape "$_id"
    _path=/executions/$_escaped/$_path
  fi
  printf -v _config 'url = "%s%s"\nrequest = %s\nheader = "Authorization: Bearer %s"\n' "$_api" "$_path" "$1" "$_token"
}

# Sets _api and _id as the script or its environment has them.
__cronium_names() {
  _api=${CRONIUM_API:-${CRONIUM_RUNTIME_API:-http://localhost:8081}}
  _id=${CRONIUM_EXEC_ID:-${CRONIUM_EXECUTION_ID-}}
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

# Sets _now to the seconds since the machine's start, which no change of the clock moves.
__cronium_now() {
  read -r _now </proc/uptime
  _now=${_now%%.*}
}
