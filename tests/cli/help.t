# Every command there is has a --help of its own and refuses an option it does not know.
$ commands() { $1 --help | sed -n '/^commands:/,/^$/s/^  \([a-z]\)/\1/p' | sed 's/  .*//'; }; for p in noctule noctule-engine; do commands $p | while read -r c; do $p $c --help 2>/dev/null | head -n 1 | grep -q "^usage: $p $c" || echo "$p $c: no help"; $p $c --no-such-option >/dev/null 2>&1; got=$? want=64; [ "$c" = hook ] && want=2; [ $got = $want ] || echo "$p $c: takes any option"; done; commands $p | wc -l; done
~ [1-9][0-9]*
~ [1-9][0-9]*
$ # So does what several of them begin with.
$ for g in agents hooks audit db; do noctule $g --help | sed -n "s/^  \($g [a-z]*\).*/\1/p"; noctule $g --help >/dev/null || echo "$g: $?"; done
agents export
agents lint
agents run
hooks install
hooks log
hooks remove
audit verify
db rebuild
