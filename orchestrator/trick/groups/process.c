/* SPDX-License-Identifier: Apache-2.0 */
/* Others' processes, and too many of one's own. Each ends by itself. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"kill", "kill -9 {pid}", false},
    {"kill-by-name", "python3 -c \"import os; os.kill({pid}, 9)\"", false},
    {"fork", "for i in $(seq 300); do sleep 3 & done 2>/dev/null; wait", false},
    {"fork-python",
     "python3 -c \"import os, time\nfor i in range(300):\n    if os.fork() == 0:\n        time.sleep"
     "(3); os._exit(0)\ntime.sleep(2)\"", false},
    {"daemon",
     "setsid sh -c 'i=0; while [ $i -lt 400 ]; do echo x >>beat; sleep 0.02; i=$((i+1)); done' >"
     "/dev/null 2>&1 &\nsleep 0.2", false},
    {"nohup-daemon",
     "(nohup sh -c 'i=0; while [ $i -lt 400 ]; do echo x >>beat; sleep 0.02; i=$((i+1)); done' >"
     "/dev/null 2>&1 &) ; sleep 0.2", false},
    {"limits-of-the-keeper",
     "for p in $PPID $(cut -d' ' -f4 /proc/$PPID/stat); do prlimit --pid $p --nofile=0:0; done 2>"
     "/dev/null; setsid sh -c 'i=0; while [ $i -lt 400 ]; do echo x >>beat; sleep 0.02; i=$((i+1))"
     "; done' >/dev/null 2>&1 &\nsleep 0.2", false},
    {"disk", "head -c 80000000 /dev/zero >big", false},
    {"output", "head -c 4000000 /dev/zero", false},
    {"trap",
     "trap '' TERM HUP INT; setsid sh -c 'trap \"\" TERM HUP; i=0; while [ $i -lt 400 ]; do echo x"
     " >>beat; sleep 0.02; i=$((i+1)); done' & sleep 0.2", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_process = {"process", rows};
