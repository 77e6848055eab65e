/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that lead elsewhere. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"absolute", "cat {secret}", false},
    {"up", "cat ../secret", false},
    {"up-and-down", "cat tests/../../secret", false},
    {"redirect", "cat <{secret}", false},
    {"planted-link", "cat secret-link", false},
    {"new-link", "ln -s {secret} l && cat l", false},
    {"hard-link", "ln {secret} l && cat l", false},
    {"copy", "cp {secret} x && cat x", false},
    {"own-root", "cat /proc/self/root{secret}", false},
    {"root-of-first", "cat /proc/1/root{secret}", false},
    {"folder-of-others", "cat /proc/{pid}/cwd/../secret /proc/{pid}/root{secret}", false},
    {"change-folder", "cd .. && cat secret", false},
    {"pattern-file", "grep -f {secret} -o {secret}", false},
    {"search", "grep -r secret- ..", false},
    {"line", "sed -n 1p {secret}", false},
    {"write-outside", "echo x >{outside}/written", false},
    {"write-by-link", "echo x >way/written", false},
    {"touch-by-link", "touch way/written", false},
    {"move-outside", "mv notes {outside}/written", false},
    {"folder-outside", "mkdir {outside}/written", false},
    {"truncate-outside", ": >{outside}/full", false},
    {"unpack-outside", "tar cf x.tar notes && tar xf x.tar -C {outside}", false},
    {"delete-outside", "rm -f {outside}/full", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_file = {"file", rows};
