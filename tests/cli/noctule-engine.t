# What noctule-engine says of itself, and to a command line that is wrong.
$ noctule-engine --version
~ noctule-engine [0-9]+\.[0-9]+\.[0-9]+
$ noctule-engine --help
usage: noctule-engine COMMAND [OPTIONS] …
...
exit codes:
    0  all is well
...
$ noctule-engine --help 2>&1 >/dev/null
$ noctule-engine
? 64
! usage: noctule-engine COMMAND
$ noctule-engine no-such-command
? 64
! noctule-engine: unknown command "no-such-command"
$ noctule-engine --no-such-option
? 64
! no-such-option
$ noctule-engine --help >/dev/full
? 2
! noctule-engine:
