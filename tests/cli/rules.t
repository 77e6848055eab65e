# Rules that say what failures mean, and what they would have made of history.
$ noctule rules test
~ [0-9]+ rules, [0-9]+ fixtures: 0 faults
$ mkdir -p fixtures/alpha; printf 'cpu/alpha/a fail table 12 is short\ngpu/alpha/b fail table 3 is short\ngpu/alpha/c fail boom\n' >faults
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; b=$2; shift 2; l=; s=' 'while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\",\"$f/c\"]}\n"; [ "$l" ] && exit; n=0' 'for c in ${s:-$f/a $f/b $f/c}; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"; n=$((n + 1))' 'w=$(grep "^$b/$c " faults | cut -d" " -f2-); v=${w%% *}; [ "$v" ] && sleep 0.3 && echo "panic: $c lost its way" >&2' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${v:-pass}\",\"type\":\"t\",\"compared\":4,\"message\":\"${w#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":$n}\n"' >worker; chmod +x worker
$ printf '{"schema":1,"name":"scripted",\n"suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}","{backend}"],"axes":{"backend":["cpu","gpu"]}}]}\n' >noctule.json
$ noctule rules backtest
? 2
! noctule.db
$ noctule sweep >out 2>&1
? 1
$ printf '%s\n' '// mine' '{"schema":1,"order":5,"rules":[{"id":"my.table","version":1,"reads":["message"],"pattern":"^table \\d+ is (?<what>.*)$","class":"table","layer":"code","match":[{"message":"table 3 is short","what":"short"}],"no_match":[{"message":"a table is short"}]},' '{"id":"my.panic","version":1,"reads":["log"],"pattern":"^panic: (?<what>alpha/c .*)","class":"panic","layer":"harness","match":[{"log":["x","panic: alpha/c lost"],"what":"alpha/c lost"}],"no_match":[{"log":"no panic: alpha/c lost"}]}]}' >my.json; noctule rules test my.json
~ [0-9]+ rules, [0-9]+ fixtures: 0 faults
$ noctule rules backtest my.json | sed 's/, 20.* to 20.*//'
my.table (table, code), until now no rule (assertion, code)
  2 failures of 2 cases in 2 cells
  alpha/b: short
    s/alpha/cpu
    s/alpha/gpu

my.panic (panic, harness), until now no rule (assertion, code)
  1 failure of 1 case in 1 cell
  alpha/c: alpha/c lost its way
    s/alpha/gpu

3 failures in 1 run: 3 would be classified otherwise; signatures: 2, were 2
$ noctule rules backtest | tail -n 1
3 failures in 1 run: 0 would be classified otherwise; signatures: 2, were 2
$ noctule rules backtest my.json --json | grep -E '"(changed|failures|cases|rule)"' | head -n 6
  "failures": 3,
  "changed": 3,
      "changed": true,
      "rule": "my.table",
      "failures": 2,
      "cases": 2,
$ rm logs/*/*.log.zst; noctule rules backtest my.json | tail -n 1
~ 3 failures in 1 run: . would be classified otherwise, [23] have no log any more and were not judged; .*
$ sed -i 's/^"suites"/"failure_rules":["my.json"],\n"suites"/' noctule.json; noctule sweep >out 2>&1
? 1
$ grep -o '"rule":"my.[a-z]*"' logs/*/events.ndjson | sed 's/.*://' | sort | uniq -c | sed 's/ *//'
1 "my.panic"
2 "my.table"
$ noctule rules backtest --runs 1 my.json | grep -c 'as until now'
2
$ sed 's/a table is short/table 7 is short/; s/"what":"short"/"what":"long"/' my.json >bad.json; sed -i 's/my\./bad./' bad.json; noctule rules test bad.json
? 1
~ .*bad.json: match\[0\] of bad.table is taken by my.table of .*my.json, which is tried before
bad.json: bad.table matches no_match[0]: short
~ bad.json: match\[0\] of bad.panic is taken by my.panic of .*my.json, which is tried before
~ [0-9]+ rules, [0-9]+ fixtures: 3 faults
$ sed 's/\^table/(table/; s/my\./bad./' my.json >bad.json; noctule rules backtest bad.json
? 2
! wrong at offset
$ sed 's/"layer":"code"/"layer":"moon"/' my.json >bad.json; noctule rules test bad.json
? 2
! bad.json: rules[0].layer: "moon" is no layer
$ sed -i 's/"my.json"/"gone.json"/' noctule.json; noctule sweep
? 2
! gone.json
$ sed -i 's/"gone.json"/"..\/my.json"/' noctule.json; noctule rules test
? 2
! failure_rules[0]: "../my.json" is no path below the root
