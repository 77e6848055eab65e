# SPDX-License-Identifier: Apache-2.0
# The checks of tests/tidy.sh that read sources line by line: `awk -f tidy.awk FILE.c FILE.h …`
function bad(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; failures = 1 }

# A folder includes itself and what is below; equal ranks do not see each other.
function rank(path) {
    if (path ~ /^engine\/engine\.[ch]$/) return 9
    if (path ~ /^engine\/[^\/]*$/) return 12
    split(path, part, "/")
    return part[2] in ranks ? ranks[part[2]] : 0
}
function folder(path) { split(path, part, "/"); return path ~ /^engine\/engine\.[ch]$/ ? "engine" : part[1] "/" part[2] }
function device(path) { # the backend a file belongs to, if any
    if (path !~ /^engine\/backend\/[a-z0-9]+\//) return ""
    split(path, part, "/"); return part[3]
}
function check_include(from, to) {
    if (to !~ /^(engine|orchestrator)\//) { bad("include by the path from the root: " to); return }
    included[to] = included[to] " " from
    if (from ~ /^orchestrator\//) {
        if (to ~ /^engine\// && to !~ /^engine\/base\//) bad("the orchestrator sees engine/base only, not " to)
        else if (to ~ /^orchestrator\/cmd\//) bad("nothing includes a command: " to)
        else if (to ~ /^orchestrator\// && folder(to) != folder(from)) edges[folder(from) " " folder(to)] = 1
    } else if (from ~ /^engine\//) {
        if (to ~ /^orchestrator\//) bad("the engine never sees the orchestrator: " to)
        else if (rank(to) > rank(from) || (rank(to) == rank(from) && folder(to) != folder(from)))
            bad("layers: " folder(from) " may not include " to)
        if (device(from) != "" && device(to) != "" && device(from) != device(to))
            bad("layers: backend " device(from) " may not include " to)
        if (device(from) == "" && device(to) != "" && folder(from) == folder(to))
            bad("layers: the backend interface may not include " to)
    }
}
# What is left of a line when comments and the text of literals are gone.
function code_of(line,    out, c, quote) {
    out = ""
    while (line != "") {
        if (in_comment) {
            c = index(line, "*/")
            if (!c) return out
            line = substr(line, c + 2); in_comment = 0
        } else if (substr(line, 1, 2) == "/*") { in_comment = 1; line = substr(line, 3) }
        else if (match(line, /^"([^"\\]|\\.)*"/) || match(line, /^'([^'\\]|\\.)*'/)) {
            quote = substr(line, 1, 1); out = out quote quote; line = substr(line, RLENGTH + 1)
        } else { out = out substr(line, 1, 1); line = substr(line, 2) }
    }
    return out
}
function end_file() { if (last_len > 500) printf "%s: %d lines; over 500 a file is two nouns\n", last, last_len }

BEGIN {
    n = split("base tensor op backend graph nn models trace run", order, " ")
    for (i = 1; i <= n; i++) ranks[order[i]] = i - 1
    ranks["format"] = ranks["token"] = ranks["backend"]
    ranks["check"] = ranks["bench"] = 10; ranks["diagnose"] = 10.5; ranks["cmd"] = 11
    # One third-party library, one folder.
    home["openssl/"] = "^engine/base/"; home["utf8proc"] = "^(engine/token|orchestrator/policy)/"
    home["pcre2"] = "^(engine/token|orchestrator/parse)/"
    home["sqlite3"] = "^orchestrator/store/"; home["git2"] = "^orchestrator/git/"
    home["curl/"] = "^orchestrator/net/"; home["microhttpd"] = "^(orchestrator/dash|orchestrator/mcp|engine/server)/"
    home["zstd"] = "^orchestrator/proc/"; home["expat"] = "^orchestrator/parse/"
    home["yaml"] = "^orchestrator/agent/"; home["seccomp"] = "^orchestrator/proc/"
    home["cuda"] = "^engine/backend/cuda/"; home["vulkan/"] = "^engine/backend/vulkan/"
    banned = "(strcpy|strcat|strncat|strncpy|sprintf|vsprintf|gets|strtok|gmtime|localtime|ctime|asctime|" \
             "atoi|atol|atoll|atof|alloca|tmpnam|mktemp|rand|srand|setjmp|longjmp|system|popen)"
}
FNR == 1 {
    end_file(); in_comment = 0; limit = 100; last = FILENAME; own = FILENAME; sub(/^tests\//, "", own)
    if ($0 != "/* SPDX-License-Identifier: Apache-2.0 */") bad("the first line is the SPDX line")
}
{
    last_len = FNR
    was_comment = in_comment
    code = code_of($0)
    if (code ~ /\/\//) bad("a // comment is a leftover")
    if (/\t/) bad("a tab")
    if (/[ \r]$/) bad("a blank at the end of the line")
    if (/(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/) bad("a leftover: finish it or file it")
    width = $0; gsub(/[\200-\277]/, "", width)
    # clang-format keeps the rows of a table in columns, over 100 where it must.
    if (/= \{$/) limit = 160
    if (/^ *\};/) limit = 100
    if (length(width) > limit) bad("the line is " length(width) " columns wide, over " limit)
    if (match(code, "(^|[^A-Za-z0-9_.>])" banned " *\\(")) {
        call = substr(code, RSTART, RLENGTH); gsub(/[^a-z]/, "", call)
        bad("banned call: " call "()")
    }
}
!was_comment && /^ *# *include *"/ {
    split($0, quoted, "\"")
    if (FILENAME !~ /^tests\// || quoted[2] !~ /^tests\//) check_include(FILENAME, quoted[2])
}
!was_comment && /^ *# *include *</ {
    name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
    for (lib in home)
        if (index(name, lib) == 1 && own !~ home[lib]) bad("<" name "> belongs in " substr(home[lib], 2))
}
FILENAME ~ /\.h$/ { headers[FILENAME] = 1 }
END {
    end_file()
    for (h in headers) {
        if (h !~ /^(engine|orchestrator)\// || h == "engine/engine.h") continue
        stem = h; sub(/\.h$/, ".c", stem)
        users = split(included[h], who, " ")
        alive = 0
        for (i = 1; i <= users; i++) if (who[i] != stem) alive = 1
        if (!alive) printf "%s: no other file includes this header\n", h
    }
    for (e in edges) print e > EDGES
}
