# The dashboard of an index; the pages themselves are tested in tests/orchestrator/dash.
$ noctule report --help
usage: noctule report [OPTIONS]
...
exit codes:
...
$ noctule report
? 2
! logs/noctule.db
$ noctule report --logs nowhere
? 2
! nowhere/noctule.db
$ noctule report extra
? 64
! report takes no operand
$ mkdir logs && echo no database >logs/noctule.db && noctule report
? 2
! logs/noctule.db
$ test -e logs/dashboard
? 1
