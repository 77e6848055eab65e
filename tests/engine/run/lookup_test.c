/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/lookup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/run/generate.h"
#include "tests/test.h"

enum { NEW = 48, DRAFT_MAX = 8, PROMPT_MAX = 32 };

static struct device *device;
static struct model *model;
static struct session *session;

static bool open_model(const char *backend, const char *family, int64_t chunk) {
    char path[512];
    const struct device_options d = {.threads = 1};
    const struct session_options o = {.rows = 2, .chunk = chunk};
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, family);
    return test_check(device_open(&device, backend, &d) == 0 &&
                          model_open(&model, path, device, NULL) == 0 &&
                          session_new(&session, model, &o) == 0,
                      __FILE__, __LINE__, "%s: %s", path, err_text());
}

static void close_model(void) {
    session_free(session);
    model_close(model);
    device_close(device);
    session = NULL;
    model = NULL;
    device = NULL;
}

static void expect_guess(const int32_t *ids, int64_t n, int64_t most, int64_t room,
                         const int32_t *want, int64_t len) {
    static const int32_t end = 99;
    struct lookup l = {.most = most, .ngram = 2};
    lookup_guess(&l, ids, n, room, &end, 1);
    EXPECT_INT(l.pass[0], ids[n - 1]);
    EXPECT_INT(l.len, len);
    EXPECT_INT(l.drafted, len);
    for (int64_t i = 0; i < len && l.len == len; i++)
        EXPECT_INT(l.pass[1 + i], want[i]);
}

TEST(the_longest_run_is_searched_first_and_from_the_left) {
    static const int32_t two[] = {2, 7, 1, 2, 3, 4, 1, 2, 5, 1, 2};
    static const int32_t one[] = {4, 2, 8, 9, 2, 7, 6, 2};
    static const int32_t ends[] = {1, 2, 6, 99, 7, 1, 2};
    static const int32_t none[] = {1, 2, 3, 4};
    expect_guess(two, 11, 3, 100, (const int32_t[]){3, 4, 1}, 3);
    expect_guess(two, 11, 3, 2, (const int32_t[]){3, 4}, 2);
    expect_guess(two, 11, 100, 100, (const int32_t[]){3, 4, 1, 2, 5, 1, 2}, 7);
    expect_guess(one, 8, 5, 100, (const int32_t[]){8, 9, 2, 7, 6}, 5);
    expect_guess(ends, 7, 5, 100, (const int32_t[]){6}, 1);
    expect_guess(none, 4, 5, 100, NULL, 0);
    expect_guess(one, 8, 0, 100, NULL, 0);
    expect_guess(one, 8, 5, 0, NULL, 0);
    expect_guess(one, 1, 5, 100, NULL, 0);
}

TEST(drafts_that_never_come_true_get_short_and_rare_and_come_back_with_the_first_that_does) {
    static const int32_t ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1};
    struct lookup l = {.most = 7, .ngram = 2};
    int64_t drafts = 0, first = 0;
    for (int i = 0; i < 1000; i++) {
        lookup_guess(&l, ids, 10, 100, NULL, 0);
        first = i == 0 ? l.len : first;
        drafts += l.len > 0;
        EXPECT(!lookup_confirms(&l, 0, 77));
    }
    EXPECT_INT(first, 7);
    EXPECT(drafts >= 1000 / LOOKUP_PAUSE_MAX && drafts < 30);
    EXPECT(l.drafted < 40);
    do
        lookup_guess(&l, ids, 10, 100, NULL, 0);
    while (l.len == 0);
    EXPECT_INT(l.len, 1);
    EXPECT(lookup_confirms(&l, 0, 2));
    lookup_guess(&l, ids, 10, 100, NULL, 0);
    EXPECT_INT(l.len, 7);
}

/* What a generation was, token by token. */
struct story {
    int64_t steps, passes, drafted, accepted, held;
    enum finish finish;
    int32_t ids[NEW];
    float margins[NEW], scores[NEW];
};

static int note(void *arg, const struct generate_step *step) {
    struct story *s = arg;
    s->ids[step->step] = step->tokens[0];
    s->margins[step->step] = step->choices[0].margin;
    s->scores[step->step] = step->scores[step->tokens[0]];
    return 0;
}

static bool tell(struct story *s, const struct generation *g, const int32_t *ids, int64_t len) {
    struct generate_result out;
    const struct generate_request r = {
        .rows = 1, .tokens = len, .ids = ids, .settings = g, .each = note, .arg = s};
    memset(s, 0, sizeof(*s));
    session_reset(session);
    if (!test_check(generate(&out, session, &r) == 0, __FILE__, __LINE__, "%s", err_text()))
        return false;
    s->steps = out.steps;
    s->finish = out.finish[0];
    s->passes = out.passes;
    s->drafted = out.drafted;
    s->accepted = out.accepted;
    s->held = session_length(session);
    generate_done(&out);
    return true;
}

/* To the last bit, on any backend: a token checked with others gets what it would get alone. */
static bool equal(const float *a, const float *b) {
    return memcmp(a, b, NEW * sizeof(*a)) == 0;
}

/* The same with drafts of 1 … 8 tokens. */
static void expect_same(const char *family, const char *what, struct generation g,
                        const int32_t *ids, int64_t len) {
    struct story plain, drafted;
    int64_t accepted = 0;
    if (!tell(&plain, &g, ids, len))
        return;
    EXPECT_INT(plain.passes, plain.steps - 1);
    EXPECT_INT(plain.drafted, 0);
    for (int64_t n = 1; n <= DRAFT_MAX; n++) {
        g.lookup_tokens = n;
        if (!tell(&drafted, &g, ids, len))
            return;
        bool same = drafted.steps == plain.steps && drafted.finish == plain.finish &&
                    drafted.held == plain.held &&
                    memcmp(drafted.ids, plain.ids, sizeof(plain.ids)) == 0 &&
                    equal(drafted.margins, plain.margins) && equal(drafted.scores, plain.scores);
        test_check(same, __FILE__, __LINE__, "%s, %s, drafts of %d: another story", family, what,
                   (int)n);
        /* Each token is a pass's own, or was drafted; the last of all may be both. */
        int64_t own = drafted.steps - 1 - drafted.accepted;
        EXPECT(drafted.passes == own || drafted.passes == own + 1);
        EXPECT_INT(drafted.held, len + drafted.steps - 1);
        accepted += drafted.accepted;
    }
    if (strcmp(what, "greedy, repeating") == 0)
        test_check(accepted > 0, __FILE__, __LINE__, "%s: no draft ever came true", family);
}

static struct generation greedy(void) {
    struct generation g;
    generation_init(&g);
    g.max_new_tokens = NEW;
    return g;
}

static void expect_same_settings(const char *family) {
    static const int32_t repeating[PROMPT_MAX] = {5,  17, 60, 31, 5,  17, 60, 31, 5,  17, 60,
                                                  31, 5,  17, 60, 31, 5,  17, 60, 31, 5,  17};
    static const int32_t plain[] = {9, 61, 40, 3};
    struct generation g = greedy();
    struct story story;
    expect_same(family, "greedy, repeating", g, repeating, 22);
    expect_same(family, "greedy", g, plain, 4);
    g.repetition_penalty = 1.3;
    g.no_repeat_ngram_size = 3;
    expect_same(family, "penalties", g, repeating, 22);
    g = greedy();
    if (!tell(&story, &g, repeating, 22))
        return;
    g.eos_token_id = (struct id_list){&story.ids[NEW / 2], 1};
    expect_same(family, "an end token", g, repeating, 22);
    g.min_new_tokens = NEW - 4;
    expect_same(family, "a least length", g, repeating, 22);
    g = greedy();
    g.do_sample = true;
    g.temperature = 0.3;
    g.top_k = 4;
    g.seed = 11;
    expect_same(family, "sampling", g, repeating, 22);
    g.temperature = 1.5;
    expect_same(family, "hot sampling", g, repeating, 22);
}

static void expect_same_families(const char *backend, int64_t chunk) {
    static const char *const families[] = {"gpt2", "llama", "qwen2", "qwen3"};
    for (int i = 0; i < 4; i++) {
        if (open_model(backend, families[i], chunk))
            expect_same_settings(families[i]);
        close_model();
    }
}

TEST(drafts_change_nothing_on_the_reference) {
    expect_same_families("cpu", 0);
}
TEST(drafts_change_nothing_on_the_native_backend) {
    expect_same_families("cpu-native", 0);
}
TEST(drafts_change_nothing_in_small_chunks) {
    expect_same_families("cpu", 3);
}

TEST(drafts_change_nothing_in_other_geometries) {
    static const char *const folders[] = {"qwen3/rope_yarn", "qwen3/mqa_wide", "qwen3/untied",
                                          "qwen3/rope_linear"};
    for (int i = 0; i < 4; i++) {
        if (open_model("cpu", folders[i], 0))
            expect_same_settings(folders[i]);
        close_model();
    }
}

TEST(a_stop_string_stops_within_a_draft) {
    static const char *const strings[] = {"an", "was", "e"};
    static const int32_t ids[] = {83, 298, 270, 83, 298, 270, 83, 298, 270};
    struct generation g = greedy();
    if (!open_model("cpu", "qwen3", 0))
        return;
    for (int i = 0; i < 3; i++) {
        g.stop_strings = (struct string_list){strings + i, 1};
        expect_same("qwen3", strings[i], g, ids, 9);
    }
    close_model();
}

/* Where tokens are banned but one, what is said repeats, and every draft comes true. */
TEST(what_repeats_takes_an_eighth_of_the_passes) {
    static const int32_t ids[] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
    static const int32_t others[] = {7};
    static const struct phrase phrase = {others, 1, 1e6f};
    struct generation g = greedy();
    struct story story;
    int64_t before[ROUTE_COUNT], after[ROUTE_COUNT];
    g.sequence_bias = (struct phrase_list){&phrase, 1};
    g.lookup_tokens = 7;
    if (!open_model("cpu", "llama", 0))
        return;
    EXPECT(tell(&story, &g, ids, 10));
    EXPECT_INT(story.steps, NEW);
    EXPECT_INT(story.passes, 6); /* 47 tokens behind the first, 8 a pass */
    EXPECT_INT(story.accepted, story.drafted);
    session_routes(session, before);
    EXPECT(tell(&story, &g, ids, 10));
    session_routes(session, after);
    EXPECT(memcmp(before, after, sizeof(before)) == 0); /* plans are kept */
    close_model();
}

TEST(plans_of_all_lengths_are_kept) {
    static const int32_t ids[] = {5, 17, 60, 31, 5, 17, 60, 31, 5, 17};
    struct generation g = greedy();
    struct story story;
    int64_t before[ROUTE_COUNT], after[ROUTE_COUNT];
    if (!open_model("cpu", "llama", 0))
        return;
    for (int again = 0; again < 2; again++) {
        for (g.lookup_tokens = 1; g.lookup_tokens <= DRAFT_MAX; g.lookup_tokens++)
            EXPECT(tell(&story, &g, ids, 10));
        session_routes(session, again ? after : before);
    }
    EXPECT(memcmp(before, after, sizeof(before)) == 0);
    close_model();
}

TEST(the_last_position_and_the_last_slot_are_used) {
    static const int32_t ids[] = {7, 7, 7, 7, 7, 7};
    struct generation g = greedy();
    struct story story;
    g.max_new_tokens = 20;
    g.lookup_tokens = 7;
    if (!open_model("cpu", "gpt2", 0))
        return;
    session_free(session);
    const struct session_options o = {.capacity = 25}; /* 6 and 20, the last never computed on */
    session = NULL;
    REQUIRE(session_new(&session, model, &o) == 0);
    EXPECT(tell(&story, &g, ids, 6));
    EXPECT_INT(story.steps, 20);
    close_model();
}

TEST(a_batch_is_refused) {
    static const int32_t ids[] = {7, 7, 7, 7};
    struct generation g = greedy();
    struct generate_result out;
    g.lookup_tokens = 2;
    const struct generate_request r = {.rows = 2, .tokens = 2, .ids = ids, .settings = &g};
    if (!open_model("cpu", "llama", 0))
        return;
    EXPECT_INT(generate(&out, session, &r), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "one text at a time");
    close_model();
}

TEST(frequencies_that_follow_the_length_bound_a_draft) {
    const struct rope plain = {.type = ROPE_YARN, .max_positions = 8, .original = 8};
    const struct rope grows = {.type = ROPE_DYNAMIC, .max_positions = 8, .original = 4};
    const struct rope flips = {.type = ROPE_LONGROPE, .max_positions = 32, .original = 8};
    EXPECT(rope_steady(&plain, 100) > 1000);
    EXPECT_INT(rope_steady(&grows, 6), 2);
    EXPECT_INT(rope_steady(&grows, 9), 0);
    EXPECT_INT(rope_steady(&flips, 5), 3);
    EXPECT_INT(rope_steady(&flips, 8), 0);
    EXPECT(rope_steady(&flips, 9) > 1000);
}
