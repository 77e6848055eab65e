# The dashboard of an index; the pages themselves are tested in tests/orchestrator/dash.
$ noctule report --help
usage: noctule report [OPTIONS]
...
exit codes:
...
$ noctule report extra
? 64
! "extra": report takes no operand
$ noctule report
? 2
! noctule.json
$ cp "$SOURCE/noctule.json" . && noctule report
? 2
! noctule.db
$ mkdir -p logs sub && echo no database >logs/noctule.db && cd sub && noctule report --out here
? 2
! noctule.db
$ test -e sub/here
? 1
