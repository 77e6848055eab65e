# The switch is thrown in each step of a fix: it stops within that step, says why, and once the switch is
# gone the same line goes on where it was: no step is done twice that had ended.
$ sh "$SOURCE/tests/fix/world.sh" 2>/dev/null; kill "$(cat daemon.pid)"; cd w && noctule clusters --json | sed -n 's/^ *"cluster": "\([0-9a-f]*\)".*/\1/p' >../cluster && wc -l <../cluster
1
$ printf '#!/bin/sh\ncd w; rm -f logs/fix/STOP; : >../said\nnoctule fix "$(cat ../cluster)" --build build --cache ../cache --no-pr >../out 2>../said & pid=$!\nwhile ! grep -q "$1" ../said && kill -0 $pid 2>/dev/null; do sleep 0.05; done\necho "looked at: $1" >logs/fix/STOP\nwait $pid; echo $?\ngrep -o "looked at: .*; remove it to go on" ../said\n' >stop; chmod +x stop
$ for step in 'who did it' 'the base is built and swept' 'the tree with the change' 'the base is swept once more'; do ./stop "$step"; done
130
looked at: who did it; remove it to go on
130
looked at: the base is built and swept; remove it to go on
130
looked at: the tree with the change; remove it to go on
130
looked at: the base is swept once more; remove it to go on
$ # What takes a moment may have ended before anybody looked.
$ for step in 'the reviewer reads' 'the proof is written' 'one commit is made' 'it is offered'; do ./stop "$step"; done | sort -u | grep -vxE '0|130|looked at: .*'
? 1
$ cd w; rm -f logs/fix/STOP; noctule fix "$(cat ../cluster)" --build build --cache ../cache --no-pr 2>/dev/null | head -1; noctule audit verify | cut -d, -f2; ls -d logs/fix/*/ | wc -l; git status --short; for step in culprit reproduce propose verify control; do grep -c "fix_step_ends.*step[^a-z]*$step" logs/audit.ndjson; done | sort -u
ready: nobody asked for a pull request
 0 faults
1
1
