/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/resume.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/config.h"

/* What the program is made from may not be in the program: a worker may be a script that runs what
 * lies beside it. */
static int check_commit(const struct run *run, const struct config *config) {
    struct repo_head head = {0};
    int rc = repo_read_head(&head, config->root, repo_records);
    if (rc == ERR_NOTFOUND)
        return 0; /* a subject need not be in git */
    if (rc == 0 && strcmp(run->commit, head.commit) != 0)
        return err_set(ERR_UNSUPPORTED,
                       "run %s is of commit %.12s, and %.12s is checked out; go back to that, or "
                       "start a new sweep",
                       run->name, run->commit, head.commit);
    if (rc == 0 && head.dirty && !run->dirty)
        return err_set(ERR_UNSUPPORTED,
                       "%s was changed since run %s began; take that back, or start a new sweep",
                       head.changed, run->name);
    return rc;
}

int resume_check(const struct run *run, const struct config *config, const char *program_hash) {
    const char *what = NULL;
    if (strcmp(run->config_sha256, config->sha256) != 0)
        what = "noctule.json";
    else if (strcmp(run->build_sha256, program_hash) != 0)
        what = "the program";
    if (!what)
        return check_commit(run, config);
    return err_set(ERR_UNSUPPORTED, "%s has changed since run %s began; start a new sweep", what,
                   run->name);
}
