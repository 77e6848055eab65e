# The guards are tried, and a guard that was not is none.
$ noctule guard --only spelling/plain --level limits --require limits
attempt                      judge  stopped by
spelling/plain               denied NOTHING: it changed what may not be written
? 1
! 1 attempts, 1 unproven
$ noctule guard --only hidden/make --level limits --require limits --json | grep -c '"proven": false'
1
$ noctule guard --only no-such-group --require limits
attempt                      judge  stopped by
? 2
! nothing was tried
$ noctule guard --level limits
? 2
! "namespaces" is required
$ noctule guard --level jail
? 64
! there is no sandbox level "jail"
