# JSON that gives back exactly what went in. jq's own parser takes more than JSON (01, +1, nan), less than JSON (half
# surrogate pairs) and rewrites numbers (1e400), so texts are checked and cut as texts. Every step takes linear time.

# --- What the functions at the end are made of: jq wants what is called before what calls it. ---

def fail($why): "\($why)\n" | halt_error(1);

# Pieces put together with what they were cut at. jq's join copies all it has so far for each piece.
def glued($separator): reduce .[1:][] as $piece (.[0] // ""; . + ($separator + $piece));

def replaced($what; $with): . / $what | glued($with);

# The text with escaped backslashes and quotes as single control characters, which no JSON text holds as such.
def protected: replaced("\\\\"; "\u0001") | replaced("\\\""; "\u0002");
def restored: replaced("\u0002"; "\\\"") | replaced("\u0001"; "\\\\");

# A protected text is cut at its quotes: what is outside of strings, and what is inside.
def outside($pieces): [range(0; $pieces | length; 2) | $pieces[.]];
def inside($pieces): [range(1; $pieces | length; 2) | $pieces[.]];

# Whether what is outside holds a word that is none of JSON's.
def has_bad_word:
  "[^\\[\\]{},:\" \\t\\r\\n]" as $letter
  | "true|false|null|-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+" as $word
  | test("(?<!\($letter))(?!(?:\($word))(?!\($letter)))\($letter)");

# jq's parser judges the brackets, over strings that it cannot misunderstand.
def has_structure:
  try (fromjson | true) catch
    (if test("depth limit") then fail("the value is nested deeper than jq can check (256)") else false end);

# Whether a text is one JSON value (RFC 8259).
def is_json:
  (test("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]") | not) and test("[^ \\t\\r\\n]") and (
    (protected / "\"") as $pieces
    | ($pieces | length % 2 == 1)
    and (outside($pieces) | glued("\"\"") | (has_bad_word | not) and (test("[\u0001\u0002]") | not) and has_structure)
    and (inside($pieces) | glued("\"") | test("[\\x09\\x0a\\x0d]|\\\\(?![/bfnrt]|u[0-9a-fA-F]{4})") | not));

# A JSON text without white space between its tokens.
def compact:
  if test("[ \\t\\r\\n]") then
    (protected / "\"") as $pieces
    | inside($pieces) as $inside
    | outside($pieces) | glued("\"") | reduce (" ", "\n", "\t", "\r") as $space (.; replaced($space; "")) | . / "\""
    | [.[0], (range($inside | length) as $i | $inside[$i], .[$i + 1])] | glued("\"") | restored
  else . end;

def half_surrogate: "\\\\u[dD][89abAB]..(?!\\\\u[dD][c-fC-F])|(?<!\\\\u[dD][89abAB]..)\\\\u[dD][c-fC-F]";

# The value of a JSON text. Fails for what jq would change.
def parsed:
  if test("\\\\u[dD]") and (protected | test(half_surrogate)) then
    fail("a string holds half a surrogate pair, which is no character: use --json")
  else fromjson end;

# The JSON text of a value that jq parsed; numbers keep their digits.
def text:
  tojson | if test("1\\.7976931348623157e\\+308") then fail("a number is too large for jq: use --json") else . end;

def member($path):
  parsed | reduce $path[] as $name ([.];
    if length == 0 then .
    elif (.[0] | type) == "object" then [.[0] | select(has($name)) | .[$name]]
    elif (.[0] | type) == "array" and ($name | test("\\A[0-9]{1,9}\\z")) then
      [.[0] | .[$name | tonumber:] | select(length > 0) | .[0]]
    else [] end)
  | .[] | text;

# What follows $prefix in the answer, without the last $closing characters, if that is one value. Services that order or
# space their members in another way are parsed: their numbers keep their digits, but not their notation.
def part($prefix; $closing; $path):
  rtrimstr("\n") | [match($prefix).length] as $start
  | (if $start == [] then "" else .[$start[0]:-$closing] end) as $cut
  | if $cut | is_json then $cut
    elif (try parsed catch fail("the runtime API sent what cannot be read: \(.)")
      | type != "object" or .success == false) then
      fail("the runtime API answered: \(first(fromjson? | objects | .message, .error | strings) // .[:200])")
    else member($path) end;

# --- What the helper calls; the input is a text. ---

# The text itself. $size: its bytes and characters as bash counts them: they differ from jq's when jq had to replace bytes.
def sound($size; $what): if [utf8bytelength, length] == $size then . else fail("\($what) is not UTF-8 text") end;

# The text of one JSON value as it is; any other text as a JSON string.
def encoded: if is_json then . else tojson end;

# The JSON text of `data` in an answer; empty if there is none.
def data: part("\\A\\{\"success\":true,\"data\":"; 1; ["data"]);

# The JSON text of a variable's value in an answer; empty if there is none.
def variable: part("\\A\\{\"success\":true,\"data\":\\{\"key\":\"(?:[^\"\\\\]|\\\\.)*+\",\"value\":"; 2; ["data", "value"]);

# The JSON text of what a dotted path leads to (numbers are indices of arrays); empty if it leads nowhere.
def field($path): member($path / ".");

# What a script is given for a JSON text: a string's characters, the compact text of all else.
def printed:
  if test("\\A[ \\t\\r\\n]*+\"") | not then compact
  elif protected | test("\\\\u0000") then fail("the string holds a NUL, which bash cannot hold: use --json")
  else parsed end;

# The message of a failed call; empty if the text is not the runtime API's.
def message: first(fromjson? | objects | .message, .error | strings | select(. != ""));
