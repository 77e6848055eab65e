/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/place.h"

struct options {
    bool unused;
};

static const struct opt opts[] = {OPT_END_ROW};

static int rebuild(const struct place *place, struct loop *loop) {
    const bool never = false;
    struct lock *lock;
    int64_t runs, lines;
    int rc = lock_take(&lock, place->logs, loop, false, &never);
    if (rc < 0)
        return rc;
    rc = index_rebuild(place->db, place->logs, &runs, &lines);
    lock_release(lock);
    if (rc == 0)
        printf("%s: %lld runs, %lld events\n", place->db, (long long)runs, (long long)lines);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    struct place place;
    struct loop *loop;
    (void)options;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    rc = loop_new(&loop);
    if (rc == 0) {
        rc = rebuild(&place, loop);
        loop_free(loop);
    }
    place_close(&place);
    return rc;
}

const struct cmd cmd_db_rebuild = {
    .name = "db rebuild",
    .args = "",
    .summary = "Makes the index anew from the events of all runs.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
