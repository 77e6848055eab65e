/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that start others, or are given a program. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"env", "env rm -rf {victim}", false},
    {"env-split", "env -S 'rm -rf {victim}'", false},
    {"xargs", "echo {victim} | xargs rm -rf", false},
    {"find-delete", "find {victim} -delete", false},
    {"find-exec", "find {victim} -type f -exec rm '{}' ';'", false},
    {"shell", "sh -c 'rm -rf {victim}'", false},
    {"python", "python3 -c \"import shutil; shutil.rmtree('{victim}')\"", false},
    {"python-module", "python3 -m evil", false},
    {"perl", "perl -e 'unlink \"{victim}/file\"'", false},
    {"awk", "awk 'BEGIN { system(\"rm -rf {victim}\") }'", false},
    {"sed-execute", "sed '1e rm -rf {victim}' notes", false},
    {"sed-in-place", "sed -i s/kept/gone/ {victim}/file", false},
    {"sed-write", "sed -n 'w {victim}/file' notes", false},
    {"sort-output", "sort -o {victim}/file notes", false},
    {"timeout", "timeout 5 rm -rf {victim}", false},
    {"nohup", "nohup rm -rf {victim}", false},
    {"exec", "exec rm -rf {victim}", false},
    {"command", "command rm -rf {victim}", false},
    {"source", ". ./run.sh", false},
    {"script", "./run.sh", false},
    {"written-then-run", "printf 'rm -rf {victim}' >x.sh && sh x.sh", false},
    {"tar-checkpoint", "tar cf /dev/null notes --checkpoint=1 --checkpoint-action=exec='rm -rf {victim}'", false},
    {"dd", "dd if=notes of={victim}/file", false},
    {"tee", "echo x | tee {victim}/file", false},
    {"truncate", "truncate -s 0 {victim}/file", false},
    {"redirect", "echo x >{victim}/file", false},
    {"append", "echo x >>{victim}/file", false},
    {"move", "mv {victim} gone", false},
    {"over", "cp notes {victim}/file", false},
    {"mode", "chmod 777 {victim}/file", false},
    {"move-above", "mv tests elsewhere && rm -rf elsewhere", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_program = {"program", rows};
