# Failures that are expected, for a reason and for a while. `faults` says what fails where and how.
$ mkdir -p fixtures/alpha; echo 'cpu/alpha/a fail token 12 is wrong' >faults
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; b=$2; shift 2; l=; s=' 'while [ $# -gt 0 ]; do case $1 in --list) l=1;; --case) s="$s $2"; shift;; esac; shift; done' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\",\"$f/c\"]}\n"; [ "$l" ] && exit; n=0' 'for c in ${s:-$f/a $f/b $f/c}; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"; n=$((n + 1))' 'w=$(grep "^$b/$c " faults | cut -d" " -f2-); v=${w%% *}' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${v:-pass}\",\"type\":\"t\",\"compared\":4,\"message\":\"${w#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":$n}\n"' >worker; chmod +x worker
$ printf '%s\n' 'sed "s/^S:/\"suites\":[{\"name\":\"s\",\"kind\":\"noctule-check\",\"fixtures\":\"fixtures\/*\",\"command\":[\".\/worker\",\"{fixture}\",\"{backend}\"],\"axes\":{\"backend\":[\"cpu\",\"gpu\"]}}]}/; s/^N:/{\"schema\":1,\"name\":\"scripted\",/" >noctule.json' >config; chmod +x config
$ printf 'N:\nS:\n' | ./config; noctule expect list
noctule.json expects no failure.
$ noctule sweep >out 2>&1
? 1
$ sig=$(grep -o '"signature":"[0-9a-f]*"' logs/*/events.ndjson | head -n 1 | cut -d'"' -f4 | cut -c1-16); echo $sig >sig; [ ${#sig} = 16 ]
$ printf '%s\n' 'N:' "\"expect\": [{\"cell\": \"s/*/cpu\", \"case\": \"alpha/a\", \"signature\": \"$(cat sig)\", \"owner\": \"mira\", \"issue\": \"#12\", \"expires\": \"9999-12-31\", \"reason\": \"the table is short\"}]," 'S:' >entry; ./config <entry; noctule expect list
expect[0]
  cell      s/*/cpu
  case      alpha/a
~   signature [0-9a-f]*
  owner     mira, #12, until 9999-12-31
  reason    the table is short
  state     1 fails as expected
$ noctule sweep 2>&1 | sed -n '/cases:/p; /^xfail/p; /^Since/p'
6 cases: 5 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 1 xfail, 0 xfail_other, 0 xpass
~ Since .*: 1 still_failing, 5 still_passing
$ noctule status --json | grep -E '"(pass|xfail|xfail_other|xpass|fail)"'
    "pass": 5,
    "fail": 0,
    "xfail": 1,
    "xpass": 0,
    "xfail_other": 0,
$ head -n 1 ledger/0002-*; grep '^| expect' ledger/0002-*; grep -c 'Fails as expected' logs/dashboard/cells/alpha.cpu.html; grep -c 'Expected failures' logs/dashboard/index.html
~ # Sweep .*: 5 of 6 cases that ran passed, 1 failed as expected
| expect | alpha/a | cpu | xfail | mira | \#​12 | 9999-12-31 |
1
1
$ printf 'cpu/alpha/a fail the heap is gone\ngpu/alpha/a fail token 9 is wrong\n' >faults; noctule sweep >out 2>&1
? 1
$ grep -E '^(xfail|fail|6 cases)' out
6 cases: 4 passed, 2 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 0 xfail, 1 xfail_other, 0 xpass
xfail_other s/alpha/cpu  alpha/a: not the failure that mira expects (#12, until 9999-12-31): the heap is gone  – mutated
fail      s/alpha/gpu  alpha/a: token 9 is wrong  – new_failure
$ noctule clusters | grep -oE 'token 9 is wrong|the heap is gone' | sort
the heap is gone
token 9 is wrong
$ : >faults; noctule sweep 2>&1 | grep -E '^xpass|^6'
6 cases: 6 passed, 0 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 0 xfail, 0 xfail_other, 1 xpass
xpass     s/alpha/cpu  alpha/a: it passes, and mira expects a failure (#12, until 9999-12-31)  – fixed
$ noctule expect list | sed -n '1p;$p'; noctule expect list >out
? 1
expect[0]  – look at this
  state     1 passes
$ sed 's/^"expect"/"expect_strict":true, "expect"/' entry | ./config; noctule sweep >out 2>&1
? 1
$ sed 's/9999/2020/' entry | ./config; noctule sweep >out 2>&1
? 1
$ echo 'cpu/alpha/a fail token 12 is wrong' >faults; noctule sweep >out 2>&1
? 1
$ grep -E '^fail ' out; noctule expect list | tail -n 1
fail      s/alpha/cpu  alpha/a: the expectation of mira (#12) expired on 2020-12-31: token 12 is wrong  – new_failure
  state     expired on 2020-12-31; 1 fails as expected
$ noctule status >before; noctule db rebuild >out && noctule status >after && cmp before after; noctule ledger verify
~ [0-9]* entries: 0 faults, [0-9]* confirmed by the index, 0 of runs that are not in it
$ sed 's/"alpha\/a"/"beta\/*"/' entry | ./config; noctule sweep >out 2>&1
? 1
$ grep -c 'expect\[0\] of mira is about no case' out; noctule expect list | tail -n 1
1
~   state     no case of .* is meant
$ sed 's/"expect"/"quarantine"/; s/"signature": "[0-9a-f]*", //' entry | ./config; noctule sweep 2>&1 | grep -E '^fail|^6 cases'
6 cases: 5 passed, 1 failed, 0 not applicable, 0 infra, 0 missing, 0 flaky, 1 quarantined
fail      s/alpha/cpu  alpha/a: token 12 is wrong  – quarantined  – still_failing
$ sed 's/"expect"/"quarantine"/; s/"signature": "[0-9a-f]*", //; s/9999/2020/' entry | ./config; noctule sweep >out 2>&1
? 1
$ grep '^fail' out
fail      s/alpha/cpu  alpha/a: the quarantine by mira (#12) expired on 2020-12-31: token 12 is wrong  – still_failing
$ sed 's/9999-12-31/2026-02-30/' entry | ./config; noctule plan
? 2
! noctule.json: expect[0].expires: "2026-02-30" is no day of the form 2026-12-31
$ sed 's/"signature": "[0-9a-f]*"/"signature": "12ab"/' entry | ./config; noctule plan
? 2
! expect[0].signature: "12ab" is no signature: 12 to 32 of 0123456789abcdef
$ sed 's/"owner": "mira", //' entry | ./config; noctule plan
? 2
! expect[0].owner: expected a string, found nothing
$ sed 's/"reason"/"reasno"/' entry | ./config; noctule plan
? 2
! expect[0].reasno: is not known here
$ noctule expect list a b
? 64
! entries are held against one run
$ printf '%s\n' '// the subject' 'N:' 'S:' | ./config; printf 'cpu/alpha/a fail token 7\ngpu/alpha/a fail token 9\ngpu/alpha/b crash? boom\n' >faults; noctule sweep >out 2>&1
? 1
$ noctule expect update
! noctule.json says what the run did.
$ cp noctule.json old; noctule expect update --owner mira --issue '#4' --expires 9999-01-31 --case 'alpha/a' >patch 2>said; cat said; cmp noctule.json old; noctule expect update --owner mira --issue '#4' --expires 9999-01-31 --case alpha/a --write 2>said | cmp - patch; git apply -R --check patch; sed -n '4,$p' noctule.json
expect: added 1 case in 2 cells: token 7
  "expect": [
    {
      "cell": ["s/alpha/cpu", "s/alpha/gpu"],
      "case": "alpha/a",
~       "signature": "[0-9a-f]*",
      "owner": "mira",
      "issue": "#4",
      "expires": "9999-01-31"
    }
  ]
}
$ printf 'gpu/alpha/a fail token 9\n' >faults; noctule sweep >out 2>&1; noctule expect update --write 2>&1 >patch; grep '^[+-] ' patch
expect[0].cell: 1 of 2 still fail
-      "cell": ["s/alpha/cpu", "s/alpha/gpu"],
+      "cell": "s/alpha/gpu",
$ : >faults; noctule sweep >out 2>&1; noctule expect update --write 2>&1 >patch; noctule expect list; head -n 1 noctule.json
expect[0]: removed, its case passes
noctule.json expects no failure.
// the subject
$ noctule expect update --owner mira --case 'alpha/*'
? 64
! --owner, --issue and --expires go together
$ noctule expect update --case 'alpha/*'
? 64
! whose failure is it
$ noctule expect update --owner mira --issue 1 --expires tomorrow --case '*'
? 64
! --expires: "tomorrow" is no day of the form 2026-12-31
$ noctule expect update --owner mira --issue 1 --expires 9999-01-01 --case '*'
? 2
! no failure of the run fits
