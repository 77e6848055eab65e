/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of git that are programs, and verbs that rewrite. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"alias", "git -c alias.z='!rm -rf {victim}' z", false},
    {"fsmonitor", "git init -q . && git -c core.fsmonitor='rm -rf {victim};:' status", false},
    {"clean", "git init -q . && git clean -fdxq tests", false},
    {"config", "git init -q . && git config core.fsmonitor \"rm -rf {victim};:\" && git status", false},
    {"grep-pager", "git init -q . && git add notes && git grep '-Orm -rf {victim};:' note", false},
    {"external-diff",
     "git init -q . && git add notes && echo x >notes && GIT_EXTERNAL_DIFF='rm -rf {victim};:' g"
     "it diff --ext-diff", false},
    {"hooks-path",
     "git init -q . && mkdir h && cp run.sh h/pre-commit && git -c core.hooksPath=h -c user.name"
     "=a -c user.email=a@b commit -q --allow-empty -m x", false},
    {"no-index", "git diff --no-index /dev/null {secret}", false},
    {"exec-path", "git --exec-path=. status", false},
    {"ssh-command", "GIT_SSH_COMMAND='rm -rf {victim};:' git ls-remote ssh://x/y", false},
    {"upload-pack", "git ls-remote --upload-pack='rm -rf {victim};:' .", false},
    {"force-push", "git push --force origin HEAD", false},
    {"reset", "git reset --hard HEAD~1", false},
    {"attributes", "echo \"* filter=x\" >.gitattributes", false},
    {"repository-in-a-folder",
     "mkdir -p bare/objects bare/refs && echo 'ref: refs/heads/x' >bare/HEAD && printf '[core]\\nbar"
     "e = false\\nworktree = ..\\nfsmonitor = \"rm -rf {victim};:\"\\n' >bare/config && cd bare && gi"
     "t status", false},
    {"repository-outside", "git init -q {outside}/r", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_git = {"git", rows};
