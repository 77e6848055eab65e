/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/watched.h"

#include "engine/check/bench.h"
#include "engine/check/case.h"
#include "engine/check/check.h"

struct pair {
    struct plan_watch mine, outer;
};

static int see_stage(void *arg, enum stage stage, int layer, const struct tensor *t) {
    const struct pair *p = arg;
    return p->outer.stage(p->outer.arg, stage, layer, t);
}

static int see_node(void *arg, const struct plan *plan, int node, bool ran,
                    const struct op_call *call) {
    const struct pair *p = arg;
    int rc = p->outer.node ? p->outer.node(p->outer.arg, plan, node, ran, call) : 0;
    return rc < 0 ? rc : p->mine.node(p->mine.arg, plan, node, ran, call);
}

int watched_feed(struct case_run *c, struct feed *out) {
    return json_exists(json_member(case_params(c), "ids")) ? feed_of_params(c, out)
                                                           : feed_of_case(c, out);
}

static int step_of(struct case_run *c, struct session *s, const struct feed *feed, int64_t begin,
                   int64_t len) {
    struct feed part = feed_of_tokens(feed, begin, len);
    return bench_step(c, s, &part, FEED_QUIET, NULL);
}

static int run_prompt(struct case_run *c, const struct feed *feed,
                      const struct watched_options *o) {
    int64_t rows = feed_rows(feed), tokens = feed_tokens(feed);
    const struct bench_options room = {
        .rows = rows, .capacity = tokens, .plan_flags = o->plan_flags};
    struct session *s = NULL;
    int rc = bench_session(c, &room, &s);
    if (rc == 0 && o->split > 0)
        rc = step_of(c, s, feed, 0, o->split);
    if (rc == 0)
        rc = step_of(c, s, feed, o->split, tokens - o->split);
    for (int64_t n = tokens < o->few ? tokens : o->few; rc == 0 && n > 0; n--) {
        rc = session_crop(s, session_length(s) > 0 ? tokens - n : 0);
        if (rc == 0)
            rc = step_of(c, s, feed, tokens - n, n);
    }
    bench_session_done(c, s);
    return rc;
}

int watched_run(struct case_run *c, const struct feed *feed, const struct watched_options *o,
                const struct plan_watch *watch) {
    struct bench *bench = check_bench(c->check);
    struct pair pair = {*watch, *bench_watched(bench)};
    const struct plan_watch both = {pair.outer.stage ? see_stage : NULL, see_node, &pair};
    bench_watch(bench, &both);
    int rc = run_prompt(c, feed, o);
    bench_watch(bench, &pair.outer);
    return rc;
}
