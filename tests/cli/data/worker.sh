#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A worker of a sweep, of two cases: what the file "bad" names fails.
case " $* " in *" --list "*) list=1;; esac
echo '{"event":"plan","schema":1,"cases":["m/a","m/b"]}'
[ "$list" ] && exit 0
for c in a b; do
  echo "{\"event\":\"started\",\"case\":\"m/$c\"}"
  s='"status":"pass"'
  grep -q "^$c$" bad && s='"status":"fail","message":"it is bad"'
  echo "{\"event\":\"result\",\"case\":\"m/$c\",\"ms\":1,\"compared\":1,\"type\":\"t\",$s}"
done
echo '{"event":"done","cases":2}'
