# shellcheck shell=bash
# Tool actions, for cronium.sh. What jq would have to be started for is done in bash: a call starts two programs.

__cronium_execute_tool_action() {
  local _filter=printed _quoted _tool
  __cronium_options '[--json] TOOL ACTION JSON' 3 "$@" || return
  __cronium_is_object "${*: -1}" || __cronium_fail 'the parameters have to be one JSON object' || return
  __cronium_quote "${@: -3:1}"
  _tool=$_quoted
  __cronium_quote "${@: -2:1}"
  __cronium_act "$_tool" "$_quoted" "${@: -1}"
}

__cronium_send_email() {
  local _filter=printed _params='' _embeds='' _list _quoted
  (($# >= 3)) || __cronium_usage 'TO SUBJECT BODY [--cc ADDRESSES] [--bcc ADDRESSES] [--html] [--OPTION TEXT]...' || return
  __cronium_addresses "$1"
  _params=",\"to\":$_list"
  __cronium_add subject "$2"
  __cronium_add body "$3"
  __cronium_send email "${@:4}"
}

__cronium_send_slack_message() {
  local _filter=printed _params='' _embeds='' _list _quoted
  (($# >= 2)) || __cronium_usage 'CHANNEL TEXT [--username NAME] [--icon-emoji EMOJI] [--icon-url URL] [--OPTION TEXT]...' ||
    return
  __cronium_add channel "$1"
  __cronium_add text "$2"
  __cronium_send slack "${@:3}"
}

__cronium_send_discord_message() {
  local _filter=printed _params='' _embeds='' _list _quoted
  (($# >= 2)) || __cronium_usage 'CHANNEL TEXT [--embed JSON]... [--OPTION TEXT]...' || return
  __cronium_add channelId "$1"
  __cronium_add content "$2"
  __cronium_send discord "${@:3}"
}

# Adds a text to the parameters.
__cronium_add() {
  __cronium_quote "$2"
  _params+=",\"$1\":$_quoted"
}

# Sends a message with the parameters and what the options add to them.
__cronium_send() {
  local _tool=$1 _name
  shift
  while (($#)); do
    _name=${1#--}
    [[ $1 == --[a-z]* && $_name != *[!a-zA-Z0-9_-]* ]] || __cronium_fail "$1 is no option" || return
    if [[ $1 == --html ]]; then
      _params+=',"html":true'
      shift
      continue
    fi
    (($# >= 2)) || __cronium_fail "$1 wants a value" || return
    case $1 in
      --cc | --bcc)
        __cronium_addresses "$2"
        _params+=",\"$_name\":$_list"
        ;;
      --embed)
        __cronium_is_object "$2" || __cronium_fail 'an embed has to be one JSON object' || return
        _embeds+=,$2
        ;;
      *) __cronium_add "${_name//-/_}" "$2" ;;
    esac
    shift 2
  done
  [[ -z $_embeds ]] || _params+=",\"embeds\":[${_embeds#,}]"
  __cronium_act "\"$_tool\"" '"send_message"' "{${_params#,}}"
}

# Executes an action and prints its result. The known service reads params, the known helpers send config.
__cronium_act() {
  __cronium_call POST /tool-actions/execute "{\"tool\":$1,\"action\":$2,\"params\":$3,\"config\":$3}" once || return
  __cronium_print "data | $_filter"
}

# Sets _list to a JSON array of addresses: commas separate them.
__cronium_addresses() {
  local _rest=$1, _address
  _list=''
  while [[ -n $_rest ]]; do
    _address=${_rest%%,*}
    _rest=${_rest#*,}
    _address=${_address#"${_address%%[![:space:]]*}"}
    _address=${_address%"${_address##*[![:space:]]}"}
    [[ -n $_address ]] || continue
    __cronium_quote "$_address"
    _list+=,$_quoted
  done
  _list=[${_list#,}]
}

# Whether a text is one JSON object as far as its strings and brackets go, so that nothing in it can reach out of its
# place. The runtime API judges the rest.
__cronium_is_object() {
  local _text=${1//\\?/} _brackets='' _pieces _i _others='[!\]\[{}]'
  _text=${_text#"${_text%%[!$' \t\r\n']*}"}
  _text=${_text%"${_text##*[!$' \t\r\n']}"}
  [[ $_text == \{*\} ]] || return
  mapfile -d '"' -t _pieces < <(printf %s "$_text")
  for ((_i = 0; _i < ${#_pieces[@]}; _i += 2)); do _brackets+=${_pieces[_i]//$_others/}; done
  ((${#_pieces[@]} % 2)) || return
  _brackets=${_brackets:1:-1}
  while [[ $_brackets == *'{}'* || $_brackets == *'[]'* ]]; do
    _brackets=${_brackets//'{}'/}
    _brackets=${_brackets//'[]'/}
  done
  [[ -z $_brackets ]]
}
