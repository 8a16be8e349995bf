# shellcheck shell=bash
# Cronium's runtime API for bash jobs. `bash -c` and scripts have it already (BASH_ENV); sourcing it again is harmless.
#
#   n=$(cronium_input | jq .n)
#   cronium_set_variable last "$n"
#   cronium_output "{\"n\":$((n + 1))}"
#
# Strings are printed as they are, everything else as compact JSON; --json before the other arguments prints the JSON of
# strings too. A value that is one JSON document is sent as JSON, anything else as a string. Arguments are data, never code.
# Errors are on standard error, with a status other than 0.

# Prints the input of this execution; nothing if it has none.
cronium_input() {
  __cronium_get cronium_input /input data "$@"
}

# Sets the output of this execution; the last one counts.
cronium_output() {
  if (($# != 1)); then
    __cronium_fail cronium_output 'usage: cronium_output DATA'
    return 2
  fi
  __cronium_put cronium_output POST /output data "$1"
}

# Prints the value of one of the user's variables; nothing, with status 0, if there is none.
cronium_get_variable() {
  local - format=() __cronium_key
  set +eux
  if [[ ${1-} == --json && $# == 2 ]]; then
    format=(--json)
    shift
  fi
  if (($# != 1)); then
    __cronium_fail cronium_get_variable 'usage: cronium_get_variable [--json] KEY'
    return 2
  fi
  __cronium_escape cronium_get_variable "$1" || return
  __cronium_get cronium_get_variable "/variables/$__cronium_key" data.value ${format[@]+"${format[@]}"}
}

# Sets one of the user's variables; other executions of the user see it.
cronium_set_variable() {
  local - __cronium_key
  set +eux
  if (($# != 2)); then
    __cronium_fail cronium_set_variable 'usage: cronium_set_variable KEY VALUE'
    return 2
  fi
  __cronium_escape cronium_set_variable "$1" || return
  __cronium_put cronium_set_variable PUT "/variables/$__cronium_key" value "$2"
}

# Sets the condition by which a workflow goes on after this execution.
cronium_set_condition() {
  local condition
  case ${1-} in
  true | 1 | yes | on) condition=true ;;
  false | 0 | no | off) condition=false ;;
  *)
    __cronium_fail cronium_set_condition 'usage: cronium_set_condition true|false|1|0|yes|no|on|off'
    return 2
    ;;
  esac
  __cronium_put cronium_set_condition POST /condition condition "$condition"
}

# Prints what started this execution as JSON: ids, event, user, start time; {} if nothing is known.
cronium_event() {
  __cronium_get cronium_event /context event "$@"
}

# Reads the environment; what is missing is an error of the first call, not of sourcing.
__cronium_load() {
  local - LC_ALL=C
  set +eux
  CRONIUM_API=${CRONIUM_RUNTIME_API:-http://localhost:8081}
  while [[ $CRONIUM_API == */ ]]; do CRONIUM_API=${CRONIUM_API%/}; done
  CRONIUM_TOKEN=${CRONIUM_EXECUTION_TOKEN-}
  CRONIUM_EXEC_ID=${CRONIUM_EXECUTION_ID-}
  # shellcheck disable=SC2034 # for scripts to read
  MAX_RETRIES=3 RETRY_DELAY=1
  if [[ -n $CRONIUM_TOKEN && $CRONIUM_EXEC_ID == "$CRONIUM_TOKEN" ]]; then
    __cronium_claimed_id
  fi
}

# The execution that the token names; the token itself if it cannot be read: the runtime API takes that too.
__cronium_claimed_id() {
  local text=${CRONIUM_TOKEN#*.} claims='' bits=0 count=0 at before hex
  local alphabet=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_
  text=${text%%.*}
  [[ $text =~ ^[A-Za-z0-9_-]+$ ]] || return 0
  for ((at = 0; at < ${#text}; at++)); do
    before=${alphabet%%"${text:at:1}"*}
    bits=$(((bits << 6 | ${#before}) & 0xffff))
    count=$((count + 6))
    if ((count >= 8)); then
      count=$((count - 8))
      printf -v hex '\\x%02x' $((bits >> count & 255))
      claims+=$hex
    fi
  done
  [[ $claims != *'\x00'* ]] || return 0
  printf -v claims '%b' "$claims"
  if [[ $claims =~ \"executionId\"[[:space:]]*:[[:space:]]*\"([^\"\\]+)\" ]]; then
    CRONIUM_EXEC_ID=${BASH_REMATCH[1]}
  fi
}

# __cronium_get NAME PATH PART [--json]: prints a part of an answer.
__cronium_get() {
  {
    local - LC_ALL=C
    set +eux
  } 2>/dev/null
  local name=$1 part=$3 __cronium_body __cronium_status output=-rc out problem status
  case ${4-} in
  --json) output=-c ;;
  '') ;;
  *)
    __cronium_fail "$name" "usage: $name [--json]"
    return 2
    ;;
  esac
  __cronium_call "$name" GET "$2" '' || return
  if [[ $part == data.value && $__cronium_status == 404 ]]; then
    return 0
  fi
  __cronium_check_surrogates "$name" || return
  # NUL cannot be in a bash string: printing the rest would be another value.
  exec {out}>&1
  problem=$(printf '%s' "$__cronium_body" | command jq "$output" --arg part "$part" --arg raw "$output" '
    if type != "object" then error("the answer is no JSON object")
    elif .success == false then error(.message // .error // "the call failed" | tostring)
    elif $part == "event" then .data // {}
    elif $part == "data" then if has("data") then .data else empty end
    else .data.value end
    | if $raw == "-rc" and type == "string" and (. / "\u0000" | length) > 1
      then error("the value has a NUL character, which bash cannot hold; --json prints it") else . end' 2>&1 >&"$out")
  status=$?
  exec {out}>&-
  if ((status)); then
    __cronium_fail "$name" "${problem#jq: error *: }"
    return 1
  fi
}

# __cronium_put NAME METHOD PATH FIELD VALUE: sends a value under the name of a field.
__cronium_put() {
  {
    local - LC_ALL=C
    set +eux
  } 2>/dev/null
  local __cronium_text __cronium_body __cronium_status
  __cronium_json "$1" "$5" || return
  __cronium_call "$1" "$2" "$3" "{\"$4\":$__cronium_text}"
}

# Sets __cronium_text to the JSON of a value: the value itself if it is one JSON document, else a JSON string.
__cronium_json() {
  local name=$1 value=$2 kept sent lost=$'\xef\xbf\xbd'
  if [[ $value =~ ^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$ ]]; then
    __cronium_text=$value
    return
  fi
  if [[ $value == [!\{\[\"$' \t\r\n']* && $value != *[!\ !\#-\[\]-~]* ]]; then
    __cronium_text=\"$value\"
    return
  fi
  # jq reads more than JSON (numbers such as 007 or nan, line ends inside strings): what is not strictly JSON is a string.
  if ! __cronium_text=$(printf '%s' "$value" | command jq -Rsj '
    def strict: test("\\A(?>[ \\t\\n\\r\\[\\]{},:]++|\"(?>[^\"\\\\\\x00-\\x1f]++|\\\\.)*+\"|-?(?>0|[1-9][0-9]*+)(?>\\.[0-9]++)?(?>[eE][-+]?[0-9]++)?(?![0-9A-Za-z.+-])|true|false|null)*+\\z");
    if test("\\A[ \\t\\n\\r]*+[^ \\t\\n\\r]") and (try (fromjson | true) catch false) and strict then . else tojson end' 2>/dev/null); then
    __cronium_fail "$name" 'the value cannot be made JSON'
    return 1
  fi
  if [[ $__cronium_text == *"$lost"* ]]; then
    # jq puts U+FFFD in the place of what is not UTF-8: then there is more of it than in the value.
    kept=${value//"$lost"/} sent=${__cronium_text//"$lost"/}
    if ((${#value} - ${#kept} != ${#__cronium_text} - ${#sent})); then
      __cronium_fail "$name" 'the value is not valid UTF-8: encode it first, for example with base64'
      return 1
    fi
  fi
}

# Sets __cronium_key to a variable's key as one segment of a path.
__cronium_escape() {
  local LC_ALL=C at character
  __cronium_key=
  if [[ -z $2 ]]; then
    __cronium_fail "$1" "a variable's key may not be empty"
    return 2
  fi
  if [[ $2 != *[!A-Za-z0-9_~-]* ]]; then
    __cronium_key=$2
    return
  fi
  for ((at = 0; at < ${#2}; at++)); do
    character=${2:at:1}
    if [[ $character == [!A-Za-z0-9_~-] ]]; then
      printf -v character '%d' "'$character"
      printf -v character '%%%02X' $((character & 255))
    fi
    __cronium_key+=$character
  done
}

# jq takes a surrogate on its own for U+FFFD: printing that would be another value.
__cronium_check_surrogates() {
  local rest
  [[ $__cronium_body == *'\u'[dD][89a-fA-F]* ]] || return 0
  # shellcheck disable=SC1003 # two backslashes, not an escaped quote
  rest=${__cronium_body//'\\'/}
  rest=${rest//'\u'[dD][89abAB][0-9a-fA-F][0-9a-fA-F]'\u'[dD][c-fC-F][0-9a-fA-F][0-9a-fA-F]/}
  if [[ $rest == *'\u'[dD][89a-fA-F]* ]]; then
    __cronium_fail "$1" 'the value has half of a surrogate pair, which is no text that bash can hold'
    return 1
  fi
}

# __cronium_call NAME METHOD PATH BODY: one call with its attempts. Sets __cronium_status and __cronium_body.
# Every call it is used for is idempotent: it may be sent again when nobody knows whether it arrived.
__cronium_call() {
  local name=$1 method=$2 path=$3 body=$4 missing='' attempt answer meta code problem wait now deadline left limit
  local IFS=$' \t\n' attempts=3 deadline_us=120000000 attempt_us=30000000
  [[ -v CRONIUM_API ]] || __cronium_load
  [[ -n $CRONIUM_EXEC_ID ]] || missing=CRONIUM_EXECUTION_ID
  [[ -n $CRONIUM_TOKEN ]] || missing=CRONIUM_EXECUTION_TOKEN
  if [[ -n $missing ]]; then
    __cronium_fail "$name" "$missing is not set: the runtime API can be used only from a Cronium job"
    return 1
  fi
  if [[ ! $CRONIUM_API =~ ^https?://[^/?#@[:space:]]+(/[^?#[:space:]]*)?$ ]]; then
    __cronium_fail "$name" "CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is $CRONIUM_API"
    return 1
  fi
  local __cronium_key
  __cronium_escape "$name" "$CRONIUM_EXEC_ID"
  deadline=$((${EPOCHREALTIME/[.,]/} + deadline_us))
  for ((attempt = 1; ; attempt++)); do
    now=${EPOCHREALTIME/[.,]/}
    left=$((deadline - now < attempt_us ? deadline - now : attempt_us))
    printf -v limit '%d.%06d' $((left / 1000000)) $((left % 1000000))
    answer=$(__cronium_curl "$method" "$CRONIUM_API/executions/$__cronium_key$path" "$body" "$limit")
    meta=${answer##*$'\n'}
    __cronium_body=${answer%$'\n'*}
    IFS='|' read -r code __cronium_status wait problem <<<"$meta"
    case $code in
    0)
      case $__cronium_status in
      2??) return 0 ;;
      404) if [[ $path == /variables/* && $method == GET && $__cronium_body == *\"message\"* ]]; then return 0; fi ;;
      esac
      problem="runtime API answered $__cronium_status: $(__cronium_message)"
      ;;
    1 | 2 | 3 | 4 | 60 | 77) wait=never ;;
    esac
    case $code/$__cronium_status in
    0/429) if [[ $wait == *[!0-9]* ]]; then wait=$(__cronium_seconds_until "$wait"); fi ;;
    0/5?? | [1-9]*/*) [[ $wait == never ]] || wait= ;;
    *) wait=never ;;
    esac
    # A pause of years is none: and arithmetic holds no more digits than 18.
    if ((${#wait} > 9)); then wait=never; fi
    if ((attempt >= attempts)) || [[ $wait == never ]]; then break; fi
    # The pauses are 1 s and 2 s, a quarter more or less; what Retry-After says counts instead.
    left=$((10#${wait:-0} > 0 ? 10#${wait:-0} * 1000 : attempt * (750 + RANDOM % 501)))
    if ((${EPOCHREALTIME/[.,]/} + left * 1000 >= deadline)); then break; fi
    printf -v left '%d.%03d' $((left / 1000)) $((left % 1000))
    command sleep "$left"
  done
  __cronium_fail "$name" "${problem:-no answer} ($attempt attempt(s))"
  return 1
}

# __cronium_curl METHOD URL BODY SECONDS: prints the body, a line end, and "exit|status|Retry-After|problem".
# The token is in the environment of curl, never among its arguments. The environment's proxies would be shown it.
__cronium_curl() {
  local arguments=(-q -s --noproxy '*' --path-as-is --max-time "$4" -X "$1" -H 'Accept: application/json'
    --variable %CRONIUM_TOKEN --expand-header 'Authorization: Bearer {{CRONIUM_TOKEN}}'
    -w '\n%{exitcode}|%{http_code}|%header{retry-after}|%{errormsg}')
  export CRONIUM_TOKEN
  if [[ -z $3 ]]; then
    exec curl "${arguments[@]}" -- "$2" </dev/null
  fi
  printf '%s' "$3" 2>/dev/null | command curl "${arguments[@]}" -H 'Content-Type: application/json' -H 'Expect:' --data-binary @- -- "$2"
}

# What an error's JSON says, else the beginning of the answer.
__cronium_message() {
  printf '%s' "$__cronium_body" | command jq -r '.message // .error | strings' 2>/dev/null | command grep . ||
    printf '%s' "${__cronium_body:0:200}"
}

# Seconds from now to a date of Retry-After; nothing if it is none.
__cronium_seconds_until() {
  local date
  date=$(command date -d "$1" +%s 2>/dev/null) || return 0
  printf '%s' $((date > EPOCHSECONDS ? date - EPOCHSECONDS : 0))
}

__cronium_fail() {
  printf 'cronium: %s: %s\n' "$1" "$2" >&2
}

__cronium_load
export -f cronium_input cronium_output cronium_get_variable cronium_set_variable cronium_set_condition cronium_event
export -f __cronium_load __cronium_claimed_id __cronium_get __cronium_put __cronium_json __cronium_escape
export -f __cronium_check_surrogates __cronium_call __cronium_curl __cronium_message __cronium_seconds_until __cronium_fail
