# A scripted subject: one fault in a kernel is one cluster over three cells, whatever it looks like
# in each; a second one, in code that all variants share, is a second; what is repaired is gone.
# `faults` says what fails where and how (BACKEND/CASE STATUS MESSAGE), `reasons` what explains it.
$ mkdir -p fixtures/alpha fixtures/beta; : >faults; : >reasons
$ printf '{"schema":1,"name":"scripted","suites":[{"name":"s","kind":"noctule-check","fixtures":"fixtures/*","command":["./worker","{fixture}","{backend}"],"diagnose":["./explain","{case}","{backend}"],"diagnose_limit":{"cases":2,"seconds":2},"axes":{"backend":["cpu","native.avx2","native.avx512"]}}]}' >noctule.json
$ printf '%s\n' '#!/bin/sh' 'f=${1##*/}; b=$2; shift 2' 'printf "{\"event\":\"plan\",\"schema\":1,\"cases\":[\"$f/a\",\"$f/b\",\"$f/c\"]}\n"' '[ "$1" = --list ] && exit' 'for c in $f/a $f/b $f/c; do printf "{\"event\":\"started\",\"case\":\"$c\"}\n"' 'l=$(grep "^$b/$c " faults | cut -d" " -f2-); s=${l%% *}; n=4; [ $c = beta/b ] && n=2' 'printf "{\"event\":\"result\",\"case\":\"$c\",\"status\":\"${s:-pass}\",\"type\":\"${c##*/}\",\"compared\":$n,\"message\":\"${l#* }\"}\n"' 'done; printf "{\"event\":\"done\",\"cases\":3}\n"' >worker
$ printf '%s\n' '#!/bin/sh' 'r=$(grep "^$2/$1 " reasons | cut -d" " -f2-)' '[ "$r" = slow ] && sleep 9' '[ -z "$r" ] && { echo "<script>\033[31m"; exit 0; }' 'printf "{\"event\":\"diagnosis\",\"case\":\"$1\",$r}\n"' >explain; chmod +x worker explain
$ noctule clusters
? 2
! noctule.db
$ noctule sweep >out 2>&1; noctule clusters
~ Nothing is red in .*
$ printf '%s\n' 'native.avx2/alpha/a numerics off' 'native.avx2/alpha/b fail other words' 'native.avx2/alpha/c fail wrong token 7' 'native.avx2/beta/b fail text' 'native.avx512/beta/b numerics far off' >faults
$ printf '%s\n' 'native.avx2/alpha/a "kind":"kernel","op":"rms_norm","kernel":"native.avx2.rms_norm","message":"rms_norm is wrong"' 'native.avx2/alpha/b "kind":"kernel","op":"rms_norm_mul","kernel":"native.avx2.rms_norm","message":"fused it is wrong too"' 'native.avx512/beta/b "kind":"kernel","op":"rms_norm","kernel":"native.avx512.rms_norm","stage":"attn_norm","layer":2,"nmse":0.5,"limit":1e-9,"reference":"cpu","message":"native.avx512.rms_norm computes rms_norm wrong"' >reasons
$ noctule sweep >out 2>&1
? 1
$ noctule clusters
~ cluster       cause +cells  cases  first seen +runs
~ [0-9a-f]*  kernel native.rms_norm \(avx2, avx512\)      3      5  20[0-9-]+nocommi[-0-9]* +1
$ id=$(noctule clusters | sed -n 's/^\([0-9a-f]\{12\}\) .*/\1/p'); echo "$id" >id; noctule cluster $id
~ cluster [0-9a-f]*: kernel native.rms_norm \(avx2, avx512\)

diagnosis   native.avx512.rms_norm computes rms_norm wrong
kind        kernel
layer       2
stage       attn_norm
op          rms_norm
kernel      native.avx512.rms_norm
nmse        0.5
limit       1e-09
reference   cpu
primary     beta/b in s/beta/native.avx512, the smallest of 5 cases in 3 cells
reproduce   ./worker fixtures/beta native.avx512 --case 'beta/b'
...
models      alpha, beta
variants    native.avx2, native.avx512

numerics  s/alpha/native.avx2  alpha/a  – explained
fail      s/alpha/native.avx2  alpha/b  – explained
fail      s/alpha/native.avx2  alpha/c  – like its cell
fail      s/beta/native.avx2  beta/b  – like the case elsewhere
numerics  s/beta/native.avx512  beta/b  – explained
$ noctule cluster $(cat id) --json | grep -c '"how"'
5
$ printf '%s\n' 'cpu/alpha/c fail wrong token' 'native.avx512/alpha/c numerics off' >>faults
$ printf '%s\n' 'cpu/alpha/c "kind":"params","op":"rope","message":"theta is 1"' 'native.avx512/alpha/c "kind":"graph","op":"attention","message":"the stage is wrong"' >>reasons
$ noctule sweep >out 2>&1
? 1
$ noctule clusters | sed 's/^[0-9a-f]\{12\}/ID/; s/  20[0-9-]*nocommi[-0-9]*//'
~ cluster .*
~ ID  kernel native.rms_norm \(avx2, avx512\) +3 +5 +2
~ ID  (params: rope|graph: attention) +2 +2 +1
$ noctule clusters --json | grep -c "\"cluster\": *\"$(cat id)"
1
$ noctule clusters | grep -c "^$(cat id)"
1
$ grep -c '^| [0-9a-f]* | kernel native.rms' ledger/0003-*.md; grep -c '#k[0-9a-f]*">kernel native.rms_norm' logs/dashboard/cells/alpha.native.avx2.html; grep -c 'kernel native.rms_norm' out
1
3
1
$ noctule clusters --json >before; noctule db rebuild >out && noctule clusters --json >after && cmp before after
$ printf 'cpu/beta/a fail token 12 is wrong\nnative.avx2/beta/a fail token 34 is wrong\ncpu/beta/c fail hm\n' >faults; printf 'cpu/beta/a slow\n' >reasons
$ noctule sweep >out 2>&1
? 1
$ noctule clusters | sed 's/^[0-9a-f]\{12\}/ID/; s/  20[0-9-]*nocommi[-0-9]*//'
~ cluster .*
~ ID  token 12 is wrong +2 +2 +1
~ ID  hm +1 +1 +1
$ noctule cluster $(noctule clusters | sed -n 2p | cut -c1-12) | sed -n 3,4p
diagnosis   none: it took longer than 2 s
message     token 12 is wrong
$ noctule clusters last~1 | grep -c 'kernel native.rms_norm'
1
$ noctule cluster nothing
? 2
! no cluster begins with "nothing"
$ noctule cluster
? 64
! one cluster is shown
$ noctule clusters a b
? 64
! not of 2
