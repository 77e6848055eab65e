# What noctule says of itself, and to a command line that is wrong.
$ noctule --version
~ noctule [0-9]+\.[0-9]+\.[0-9]+
$ noctule --help
usage: noctule COMMAND [OPTIONS] …
...
exit codes:
    0  all is well
...
$ noctule --help 2>&1 >/dev/null
$ noctule
? 64
! usage: noctule COMMAND
$ noctule no-such-command
? 64
! noctule: unknown command "no-such-command"
$ noctule --no-such-option
? 64
! no-such-option
$ noctule --help >/dev/full
? 2
! noctule:
