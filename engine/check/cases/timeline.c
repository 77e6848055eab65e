/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives one call: a conversation continued in its session, a model written and read back.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/check/load.h"
#include "engine/check/trial.h"
#include "engine/format/safetensors_writer.h"

enum { PATH_SIZE_MAX = 1 << 16, FILE_SIZE_MAX = 1 << 30 };

/* Greedy settings for n new tokens, as JSON that lives in *doc. */
static int greedy_settings(struct case_run *c, int64_t n, struct json_doc **doc, struct json *out) {
    const char *text = arena_printf(&c->arena,
                                    "{\"do_sample\":false,\"eos_token_id\":null,"
                                    "\"repetition_penalty\":1.0,\"max_new_tokens\":%" PRId64 "}",
                                    n);
    int rc = json_parse(doc, text, strlen(text), "the case's own settings", 0);
    *out = json_root(*doc);
    return rc;
}

/* One generation of n tokens from ids, in s or, when NULL, in a session of its own. */
static int greedy_run(struct case_run *c, struct session *s, const struct feed *feed, int64_t n,
                      struct trial *out) {
    struct trial_plan plan = {.feed = *feed, .noise = {.rank = -1}};
    struct json_doc *doc = NULL;
    int rc = greedy_settings(c, n, &doc, &plan.settings);
    if (rc == 0)
        rc = s ? trial_continue(c, s, &plan, out) : trial_run(c, &plan, out);
    json_free(doc);
    return rc;
}

/* The first tokens in one call and the rest in the next, in one session: nothing of what it has
 * seen is computed again. */
static int compare_turns(struct case_run *c, const struct feed *feed, int64_t first, int64_t n,
                         const struct trial *whole) {
    struct session *s = NULL;
    struct trial a, b;
    struct feed rest = feed_none();
    struct bench_options options = {.rows = feed_rows(feed), .capacity = feed_tokens(feed) + n + 1};
    int rc = bench_session(c, &options, &s);
    if (rc == 0)
        rc = greedy_run(c, s, feed, first, &a);
    if (rc == 0) {
        rest.ids = a.ids;
        rc = greedy_run(c, s, &rest, n - first, &b);
    }
    bench_session_done(c, s);
    return rc < 0 ? rc : case_same(c, "two turns", &b.ids, &whole->ids, &tolerance_exact);
}

/* A session that holds the first tokens of the prompt already. */
static int compare_prefix(struct case_run *c, const struct feed *feed, int64_t split, int64_t n,
                          const struct trial *whole) {
    struct session *s = NULL;
    struct trial t;
    struct feed prefix = feed_of_tokens(feed, 0, split);
    struct bench_options options = {.rows = feed_rows(feed), .capacity = feed_tokens(feed) + n + 1};
    int rc = bench_session(c, &options, &s);
    if (rc == 0)
        rc = bench_step(c, s, &prefix, FEED_QUIET, NULL);
    if (rc == 0)
        rc = greedy_run(c, s, feed, n, &t);
    bench_session_done(c, s);
    return rc < 0 ? rc : case_same(c, "from a prefix", &t.ids, &whole->ids, &tolerance_exact);
}

static int run_restart(struct case_run *c) {
    struct feed feed;
    struct trial whole;
    int64_t split = 0, n = 0;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = case_broken(c, json_int(case_params(c), "split", 1, feed_tokens(&feed) - 1, &split));
    if (rc == 0)
        rc = case_broken(c, json_int(case_params(c), "max_new_tokens", 2, 4096, &n));
    if (rc == 0)
        rc = greedy_run(c, NULL, &feed, n, &whole);
    if (rc == 0)
        rc = compare_turns(c, &feed, n / 2, n, &whole);
    if (rc == 0)
        rc = compare_prefix(c, &feed, split, n, &whole);
    if (rc == 0 && case_has_expect(c, "ids"))
        rc = trial_compare_ids(c, &whole);
    return rc;
}

/* Every tensor of the checkpoint under its name, as it lies on disk. */
static int write_all(struct case_run *c, struct checkpoint *cp, const char *path) {
    static const struct safetensors_pair metadata[] = {
        {"format", "pt"}
    };
    size_t count = checkpoint_count(cp);
    struct tensor *tensors = arena_array(&c->arena, count, sizeof(*tensors));
    struct safetensors_item *items = arena_array(&c->arena, count, sizeof(*items));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const char *name = checkpoint_at(cp, i)->name;
        rc = checkpoint_get(cp, name, &tensors[i]);
        items[i] = (struct safetensors_item){name, &tensors[i]};
    }
    return rc < 0 ? rc : safetensors_write(path, items, count, metadata, 1);
}

static int copy_file(const char *from, const char *to) {
    struct file f;
    int rc = file_read(&f, from, FILE_SIZE_MAX);
    if (rc == 0)
        rc = file_replace(to, f.data, f.size);
    file_done(&f);
    return rc;
}

/* Two files of the same bytes. */
static int compare_files(struct case_run *c, const char *a, const char *b) {
    struct file x = {0}, y = {0};
    int rc = file_read(&x, a, FILE_SIZE_MAX);
    if (rc == 0)
        rc = file_read(&y, b, FILE_SIZE_MAX);
    if (rc == 0)
        compare_fact(&c->total, x.size == y.size && memcmp(x.data, y.data, x.size) == 0,
                     "the file written is not the file that was read, byte for byte");
    file_done(&x);
    file_done(&y);
    return rc;
}

/* Writes the checkpoint to `to`, a folder, and compares file, slots and logits. */
static int round_trip(struct case_run *c, const char *from, const char *weights,
                      const char *to_weights, const char *to) {
    struct load l;
    struct feed feed;
    struct capture a, b;
    struct bench_options there = {.folder = to};
    int rc = load_open(&l, from, 0, NULL);
    if (rc < 0)
        return rc;
    rc = write_all(c, l.checkpoint, to_weights);
    load_done(&l);
    if (rc == 0)
        rc = compare_files(c, weights, to_weights);
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &a);
    if (rc == 0)
        rc = bench_forward(c, &there, &feed, FEED_QUIET, &b);
    return rc < 0 ? rc : capture_same(c, "read back", &b, &a, NULL, &tolerance_exact);
}

static const char *join(struct case_run *c, const char *folder, const char *name) {
    struct buf b;
    buf_init(&b, PATH_SIZE_MAX);
    const char *path = arena_strdup(&c->arena, file_join(&b, folder, name));
    buf_done(&b);
    return path;
}

static int run_save_load(struct case_run *c) {
    const char *root = getenv("TMPDIR");
    char *folder = arena_strdup(&c->arena, join(c, root ? root : "/tmp", "noctule-check-XXXXXX"));
    if (!mkdtemp(folder))
        return case_broken(c, err_errno(ERR_IO, "making the folder %s", folder));
    const char *config = join(c, folder, "config.json");
    const char *weights = join(c, folder, "model.safetensors");
    int rc = case_broken(c, copy_file(join(c, c->folder, "config.json"), config));
    if (rc == 0)
        rc = round_trip(c, c->folder, join(c, c->folder, "model.safetensors"), weights, folder);
    char *text = arena_strdup(&c->arena, err_text());
    unlink(config);
    unlink(weights);
    rmdir(folder);
    return rc < 0 ? err_set(rc, "%s", text) : 0;
}

static const struct case_type types[] = {
    {"save_load_round_trip", "A4", "X", run_save_load},
    {"restart",              "D7", "G", run_restart  },
    CASE_END_ROW,
};

const struct case_group case_timeline = {"timeline", types};
