/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/trace/diff.h"
#include "engine/trace/trace_file.h"

enum { POLL_NS = 5000000, PATH_SIZE = 512 };

/* ---- the two programs ---- */

static int wait_for(pid_t pid, int64_t budget_ns) {
    int64_t deadline = clock_mono_ns() + budget_ns;
    const struct timespec pause = {.tv_nsec = POLL_NS};
    int status = 0;
    for (;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            break;
        if (done < 0 && errno != EINTR)
            return err_errno(ERR_IO, "waiting for a trace");
        if (clock_mono_ns() > deadline) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return err_set(ERR_LIMIT, "it took too long");
        }
        (void)nanosleep(&pause, NULL);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(ERR_UNSUPPORTED, "it could not trace the case");
    return 0;
}

/* Silent: stdout is ours, and what an old engine says of an unknown option helps nobody. */
static int trace_by(const char *engine, const struct last_good *w, const char *folder) {
    CHECK(engine != NULL);
    const char *const argv[] = {engine,      "trace",    w->folder, "--case", w->case_id,
                                "--backend", w->backend, "--dtype", w->dtype, "--nodes",
                                "--weights", "--output", folder,    NULL};
    char *words[sizeof(argv) / sizeof(argv[0])] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    for (size_t i = 0; argv[i]; i++)
        words[i] = xstrdup(argv[i]);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawn(&pid, engine, &actions, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
    if (failed)
        return err_set(ERR_NOTFOUND, "%s cannot be run: %s", engine, strerror(failed));
    int rc = wait_for(pid, w->budget_ns);
    return rc < 0 ? err_while(rc, "%s", engine) : 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

/* ---- what differs ---- */

struct sides {
    const struct trace *a, *b; /* the suspect, the good one */
    struct diagnosis *d;
};

static const char *text_at(struct json v, const char *key) {
    const char *text = "";
    (void)json_opt_str(v, key, &text);
    return text;
}

/* Appends a value as JSON text, cut short. */
static const char *show(struct json v, char *out, size_t size) {
    struct buf b;
    struct json_writer w;
    buf_init(&b, 1 << 20);
    json_writer_init(&w, &b, 0);
    json_put_json(&w, NULL, v);
    (void)snprintf(out, size, "%s", b.data);
    buf_done(&b);
    return out;
}

static bool same_json(struct json a, struct json b) {
    char *x = xcalloc(1, 1 << 16), *y = xcalloc(1, 1 << 16);
    bool same = strcmp(show(a, x, 1 << 16), show(b, y, 1 << 16)) == 0;
    free(x);
    free(y);
    return same;
}

/* Stage and layer of a node, or of the next that has them. */
static void place(struct diagnosis *d, struct json node) {
    (void)snprintf(d->op, sizeof(d->op), "%s", text_at(node, "op"));
    (void)snprintf(d->kernel, sizeof(d->kernel), "%s", text_at(node, "kernel"));
    d->shapes[0] = 0;
    for (struct json v = json_first(json_get(node, "in")); v.node; v = json_next(v)) {
        char shape[64];
        size_t at = strlen(d->shapes);
        if (json_exists(v))
            (void)snprintf(d->shapes + at, sizeof(d->shapes) - at, "%s%s", at ? " × " : "",
                           show(json_get(v, "shape"), shape, sizeof(shape)));
    }
    for (struct json v = node; v.node && d->stage == STAGE_NONE; v = json_next(v)) {
        int64_t layer = -1;
        (void)stage_parse(&d->stage, text_at(v, "stage"));
        (void)json_opt_int(v, "layer", 0, INT32_MAX, &layer);
        d->layer = d->stage == STAGE_NONE ? -1 : (int)layer;
    }
}

static bool differ(struct sides *s, struct json a, struct json b, const char *kind,
                   const char *what) {
    char x[160], y[160];
    if (same_json(a, b))
        return false;
    diagnosis_say(s->d, kind, "%s is %s, and was %s in the last good build", what,
                  show(a, x, sizeof(x)), show(b, y, sizeof(y)));
    return true;
}

/* Two operands: where they come from, and their shapes. */
static bool compare_operands(struct sides *s, struct json a, struct json b, const char *op) {
    static const char *const keys[] = {"weight", "input", "shape", "value", "offset", "dtype"};
    struct json x = json_first(json_get(a, "in")), y = json_first(json_get(b, "in"));
    char what[128];
    for (int i = 0; x.node || y.node; x = json_next(x), y = json_next(y), i++)
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            (void)snprintf(what, sizeof(what), "%s of operand %d of %s", keys[k], i, op);
            if (differ(s, json_get(x, keys[k]), json_get(y, keys[k]), "graph", what))
                return true;
        }
    return false;
}

static bool compare_node(struct sides *s, struct json a, struct json b) {
    char what[128];
    bool found = differ(s, json_get(a, "op"), json_get(b, "op"), "graph", "a node's op");
    struct json params = json_get(b, "params");
    for (struct json v = json_first(params); !found && v.node; v = json_next(v)) {
        (void)snprintf(what, sizeof(what), "%s of %s", json_key(v), text_at(a, "op"));
        found = differ(s, json_get(json_get(a, "params"), json_key(v)), v, "params", what);
    }
    if (!found)
        found = compare_operands(s, a, b, text_at(a, "op"));
    if (found)
        place(s->d, a);
    return found;
}

static struct json plans_of(const struct trace *t, size_t plan) {
    return json_at(json_get(json_root(t->doc), "plans"), plan);
}

static bool compare_plans(struct sides *s) {
    size_t plans = json_len(json_get(json_root(s->b->doc), "plans"));
    for (size_t p = 0; p < plans; p++) {
        struct json a = json_first(plans_of(s->a, p)), b = json_first(plans_of(s->b, p));
        for (; a.node && b.node; a = json_next(a), b = json_next(b))
            if (compare_node(s, a, b))
                return true;
        if (a.node || b.node) {
            diagnosis_say(s->d, "graph",
                          "the plan has another number of nodes than in the last "
                          "good build");
            return true;
        }
    }
    return false;
}

/* The first node of the suspect's plans that reads the weight. */
static void place_weight(struct sides *s, const char *name) {
    for (struct json v = json_first(plans_of(s->a, 0)); v.node; v = json_next(v))
        for (struct json in = json_first(json_get(v, "in")); in.node; in = json_next(in))
            if (strcmp(text_at(in, "weight"), name) == 0) {
                place(s->d, v);
                return;
            }
}

static bool compare_weights(struct sides *s) {
    for (size_t i = 0; i < s->a->weight_count; i++)
        for (size_t k = 0; k < s->b->weight_count; k++) {
            const struct trace_weight *x = &s->a->weights[i], *y = &s->b->weights[k];
            if (strcmp(x->name, y->name) != 0 || strcmp(x->hash, y->hash) == 0)
                continue;
            diagnosis_say(s->d, "weight",
                          "%s is loaded with other bytes than in the last good "
                          "build",
                          x->name);
            place_weight(s, x->name);
            return true;
        }
    return false;
}

/* What a plan is given comes from parts of the engine that are no ops. */
static const struct {
    const char *input, *kind, *part;
} inputs[] = {
    {"positions", "params",     "positions"},
    {"inv_freq",  "params",     "rope"     },
    {"past",      "cache",      "kv"       },
    {"key_mask",  "cache",      "kv"       },
    {"mask",      "graph",      "masks"    },
    {"keep",      "graph",      "heads"    },
    {"first",     "graph",      "heads"    },
    {"ids",       "generation", "generate" }, /* a token was chosen from the same logits */
};

static void explain_input(struct sides *s, const struct trace_item *item) {
    const char *at = strstr(item->key, "/input-"), *name = at ? at + 7 : item->key;
    const char *kind = "params", *part = name;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
        if (strcmp(inputs[i].input, name) == 0) {
            kind = inputs[i].kind;
            part = inputs[i].part;
        }
    (void)snprintf(s->d->op, sizeof(s->d->op), "%s", part);
    diagnosis_say(s->d, kind,
                  "run %" PRId64 " of a plan is given other %s than by the last good build",
                  item->step, name);
}

static bool reads_cache(const char *op) {
    return strcmp(op, "attention") == 0 || strcmp(op, "attn_scores") == 0 ||
           strcmp(op, "attn_values") == 0;
}

static void explain_result(struct sides *s, const struct trace_item *item) {
    int plan = item->step < (int64_t)s->a->step_count ? s->a->steps[item->step].plan : 0;
    place(s->d, json_at(plans_of(s->a, (size_t)plan), (size_t)item->node));
    if (reads_cache(s->d->op)) { /* an audit has found the op right on the inputs it had */
        (void)snprintf(s->d->op, sizeof(s->d->op), "kv");
        s->d->kernel[0] = 0;
        diagnosis_say(s->d, "cache",
                      "attention of run %" PRId64 " finds something else in the "
                      "cache than in the last good build",
                      item->step);
        return;
    }
    diagnosis_say(s->d, "kernel",
                  "%s computes from the same operands what it did not in the last good build",
                  s->d->op);
}

/* Items are in the order of computing, inputs of a run before its nodes. What a store leaves is
 * the whole cache, with slots that nobody ever wrote. */
static bool compare_values(struct sides *s) {
    for (size_t i = 0; i < s->a->item_count; i++) {
        const struct trace_item *x = &s->a->items[i], *y = trace_find_key(s->b, x->key);
        struct difference f;
        if (!y || x->stage != STAGE_NONE || !tensor_same_shape(&x->tensor, &y->tensor) ||
            (x->op && strcmp(x->op, "kv_store") == 0) ||
            memcmp(x->tensor.data, y->tensor.data, tensor_size(&x->tensor)) == 0)
            continue;
        difference_of(&f, &x->tensor, &y->tensor, 0);
        diagnosis_error(s->d, f.nmse, f.max_abs, 0);
        if (x->node < 0)
            explain_input(s, x);
        else
            explain_result(s, x);
        return true;
    }
    return false;
}

static int compare(struct diagnosis *d, const char *suspect, const char *good) {
    struct trace a = {0}, b = {0};
    struct sides s = {&a, &b, d};
    int rc = trace_load(&a, suspect);
    if (rc == 0)
        rc = trace_load(&b, good);
    if (rc == 0 && (compare_plans(&s) || compare_weights(&s) || compare_values(&s)))
        d->reference = "last_good";
    trace_done(&a);
    trace_done(&b);
    return rc;
}

int last_good_compare(struct diagnosis *d, const struct last_good *what) {
    CHECK(what->good && what->suspect);
    char root[] = "/tmp/noctule-diagnose-XXXXXX", suspect[PATH_SIZE], good[PATH_SIZE];
    if (!mkdtemp(root))
        return err_errno(ERR_IO, "making a folder in /tmp");
    (void)snprintf(suspect, sizeof(suspect), "%s/suspect", root);
    (void)snprintf(good, sizeof(good), "%s/good", root);
    int rc = trace_by(what->good, what, good);
    if (rc == 0)
        rc = trace_by(what->suspect, what, suspect);
    if (rc == 0)
        rc = compare(d, suspect, good);
    (void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return rc;
}
