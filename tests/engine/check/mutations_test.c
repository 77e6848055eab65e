/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/mutations.h"

#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/checkpoint.h"
#include "engine/format/safetensors_writer.h"
#include "tests/test.h"

static const char *root(void) {
    static const char *folder;
    if (!folder)
        folder = test_folder();
    return folder;
}

static struct mutations *load(const char *text) {
    struct mutations *m = NULL;
    struct buf path;
    buf_init(&path, 4096);
    file_join(&path, root(), "mutations.json");
    CHECK(file_replace(path.data, text, strlen(text)) == 0);
    int rc = mutations_load(&m, path.data);
    buf_done(&path);
    return rc < 0 ? NULL : m;
}

/* a = [[1,2],[3,4],[5,6]] and b = [[10,20],[30,40],[50,60]]. */
static struct checkpoint *open_pair(void) {
    static float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {10, 20, 30, 40, 50, 60};
    struct tensor x, y;
    struct checkpoint *cp = NULL;
    struct buf path;
    CHECK(tensor_init(&x, DTYPE_F32, SHAPE(3, 2)) == 0);
    y = x;
    x.data = a;
    y.data = b;
    const struct safetensors_item items[] = {
        {"m.0.a", &x},
        {"m.0.b", &y}
    };
    buf_init(&path, 4096);
    file_join(&path, root(), "model.safetensors");
    CHECK(safetensors_write(path.data, items, 2, NULL, 0) == 0);
    CHECK(checkpoint_open(&cp, path.data, 0) == 0);
    buf_done(&path);
    return cp;
}

#define EDIT(fields) "{\"mutations\":[{\"name\":\"n\",\"case\":\"c\",\"weights\":[{" fields "}]}]}"

/* What the edit makes of the tensor of that name. */
static void expect_edit(const char *text, const char *name, int changed, const float want[6]) {
    struct mutations *all = load(text);
    struct checkpoint *cp = open_pair();
    struct arena arena;
    struct tensor t;
    REQUIRE(all != NULL);
    arena_init(&arena, 0);
    CHECK(checkpoint_get(cp, name, &t) == 0);
    EXPECT_INT(mutation_edit(mutations_at(all, 0), cp, name, &t, &arena), changed);
    EXPECT(memcmp(t.data, want, 6 * sizeof(*want)) == 0);
    arena_done(&arena);
    checkpoint_close(cp);
    mutations_free(all);
}

TEST(each_op_changes_the_tensor_it_names_and_no_other) {
    static const float same[6] = {1, 2, 3, 4, 5, 6}, zeros[6] = {0};
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"zero\""), "m.0.a", 1, zeros);
    expect_edit(EDIT("\"tensor\":\"m.0.b\",\"op\":\"zero\""), "m.0.a", 0, same);
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"ones\""), "m.0.a", 1,
                (const float[6]){1, 1, 1, 1, 1, 1});
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"scale\",\"value\":2"), "m.0.a", 1,
                (const float[6]){2, 4, 6, 8, 10, 12});
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"add\",\"value\":-1"), "m.0.a", 1,
                (const float[6]){0, 1, 2, 3, 4, 5});
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"roll_rows\",\"value\":1"), "m.0.a", 1,
                (const float[6]){5, 6, 1, 2, 3, 4});
    expect_edit(EDIT("\"tensor\":\"m.0.a\",\"op\":\"permute_rows\",\"rows\":[2,0,1]"), "m.0.a", 1,
                (const float[6]){5, 6, 1, 2, 3, 4});
}

TEST(a_misreading_leaves_tensors_of_other_dtypes_alone) {
    static const float same[6] = {1, 2, 3, 4, 5, 6};
    expect_edit(EDIT("\"tensor\":\".*\",\"op\":\"misread\",\"how\":\"no_mins\",\"dtype\":\"q4_k\""),
                "m.0.a", 0, same);
}

TEST(a_mutation_says_of_which_cells_it_is) {
    struct mutations *all = load("{\"mutations\":[{\"name\":\"n\",\"case\":\"c\",\"config\":{}},"
                                 "{\"name\":\"m\",\"case\":\"c\",\"config\":{},"
                                 "\"dtypes\":[\"q4_k\",\"f16\"]}]}");
    REQUIRE(all != NULL);
    EXPECT(mutations_at(all, 0)->dtypes & DTYPE_BIT(DTYPE_F32));
    EXPECT_INT(mutations_at(all, 1)->dtypes, DTYPE_BIT(DTYPE_Q4_K) | DTYPE_BIT(DTYPE_F16));
    mutations_free(all);
}

TEST(a_pattern_is_anchored_and_knows_digits) {
    static const float zeros[6] = {0}, same[6] = {1, 2, 3, 4, 5, 6};
    expect_edit(EDIT("\"tensor\":\"m\\\\.\\\\d+\\\\.(a|c)\",\"op\":\"zero\""), "m.0.a", 1, zeros);
    expect_edit(EDIT("\"tensor\":\"0\\\\.a\",\"op\":\"zero\""), "m.0.a", 0, same);
}

TEST(a_swap_changes_both_of_its_tensors) {
    static const char text[] =
        EDIT("\"tensor\":\"m\\\\.0\\\\.a\",\"op\":\"swap\",\"with\":\"m.0.b\"");
    expect_edit(text, "m.0.a", 1, (const float[6]){10, 20, 30, 40, 50, 60});
    expect_edit(text, "m.0.b", 1, (const float[6]){1, 2, 3, 4, 5, 6});
}

TEST(a_patch_to_the_configuration_keeps_its_integers_plain) {
    struct mutations *all = load("{\"mutations\":[{\"name\":\"n\",\"case\":\"c\",\"nmse\":0.5,"
                                 "\"config\":{\"rope_theta\":100000,\"eps\":1e-5}}]}");
    REQUIRE(all != NULL);
    const struct mutation *m = mutations_find(all, "n");
    REQUIRE(m != NULL);
    EXPECT_HAS(m->config, "\"rope_theta\":100000,");
    EXPECT_STR(m->case_name, "c");
    EXPECT(m->nmse == 0.5);
    EXPECT(mutations_find(all, "none") == NULL);
    mutations_free(all);
}

TEST(a_mutation_that_changes_nothing_or_cannot_be_understood_is_refused) {
    static const char *const bad[][2] = {
        {"{\"mutations\":[{\"name\":\"n\",\"case\":\"c\"}]}",              "changes neither"   },
        {"{\"mutations\":[{\"case\":\"c\",\"config\":{}}]}",               "name"              },
        {"{\"mutations\":[{\"name\":\"n\",\"config\":{\"a\":1}}]}",        "case"              },
        {"{\"mutations\":[{\"name\":\"n\",\"case\":\"c\",\"config\":3}]}", "config"            },
        {EDIT("\"tensor\":\"a\",\"op\":\"melt\""),                         "melt"              },
        {EDIT("\"tensor\":\"a(\",\"op\":\"zero\""),                        "regular expression"},
        {EDIT("\"tensor\":\"a\",\"op\":\"scale\""),                        "value"             },
        {EDIT("\"tensor\":\"a\",\"op\":\"swap\""),                         "with"              },
        {EDIT("\"tensor\":\"a\",\"op\":\"permute_rows\""),                 "rows"              },
        {"{}",                                                             "mutations"         },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EXPECT(load(bad[i][0]) == NULL);
        EXPECT_HAS(err_text(), bad[i][1]);
    }
}

#define MISREAD(more) EDIT("\"tensor\":\"a\",\"op\":\"misread\"" more)
#define FOR(dtypes) \
    "{\"mutations\":[{\"name\":\"n\",\"case\":\"c\",\"config\":{},\"dtypes\":" dtypes "}]}"

TEST(a_misreading_or_a_dtype_that_there_is_not_is_refused) {
    static const char *const bad[][2] = {
        {MISREAD(""),                                        "how"                },
        {MISREAD(",\"how\":\"no_mins\""),                    "dtype"              },
        {MISREAD(",\"how\":\"no_mins\",\"dtype\":\"q4_0\""), "\"no_mins\" of q4_0"},
        {MISREAD(",\"how\":\"no_mins\",\"dtype\":\"q5\""),   "\"no_mins\" of q5"  },
        {FOR("[\"q5\"]"),                                    "\"q5\" is no dtype" },
        {FOR("3"),                                           "dtypes"             },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EXPECT(load(bad[i][0]) == NULL);
        EXPECT_HAS(err_text(), bad[i][1]);
    }
}
