/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/ground.h"

#include <string.h>

#include "engine/base/file.h"
#include "orchestrator/git/content.h"
#include "tests/orchestrator/proof/bundle.h"

#define CONFIG                                                                             \
    "printf '{\"schema\":1,\"name\":\"%s\",\"suites\":[{\"name\":\"s\",\"kind\":"          \
    "\"noctule-check\",\"fixtures\":\"f/*\",\"command\":[\"./w\",\"{fixture}\"],\"axes\":" \
    "{\"backend\":[\"cpu\"]}}],\"fix\":{\"paths\":[\"engine/\"],\"tests\":[\"tests\"],"    \
    "\"limits\":[\"engine/check\"],\"runs\":4,\"needed\":2}}' "

/* A proof whose base is HEAD after the script was run and committed. */
static void stand_on(struct bundle *b, const char *script) {
    char line[2048], id[REPO_HEX_SIZE];
    (void)snprintf(line, sizeof(line),
                   "{ %s; } && git add -A && git commit -q --allow-empty -m one", script);
    bundle_open(b, bundle_honest);
    BUNDLE_OK(bundle_sh(bundle_folder(), line));
    BUNDLE_OK(commits_find(b->commits, "HEAD", id));
    b->proof.base = arena_strdup(&b->arena, id);
}

/* What the base's own noctule.json makes of a proof about `subject` in `prefix`. */
static const char *fault_of(struct bundle *b, const char *subject, const char *prefix,
                            struct ground *g) {
    struct proof_faults faults = {.arena = &b->arena};
    EXPECT_INT(ground_read(g, &b->arena, &b->proof, b->commits, subject, prefix, &faults), 0);
    EXPECT(faults.len <= 1);
    return faults.len ? proof_fault_name(faults.rows[0].kind) : "";
}

TEST(the_base_says_what_judges_it) {
    struct bundle b;
    struct ground g;
    stand_on(&b, CONFIG "toy >noctule.json");
    EXPECT_STR(fault_of(&b, "toy", "", &g), "");
    REQUIRE(g.known && g.policy.test_count == 4);
    EXPECT_STR(g.policy.tests[0], "tests");
    EXPECT_STR(g.policy.tests[1], "engine/check");
    EXPECT_STR(g.policy.tests[2], "w"); /* which says what passes, wherever it lies */
    EXPECT_STR(g.policy.tests[3], "noctule.json");
    EXPECT(ground_open_suite(&g.config) == NULL);
    EXPECT_STR(g.policy.paths[0], "engine");
    EXPECT(g.policy.runs == 4 && g.policy.needed == 2);
    EXPECT(g.policy.paths[1] == NULL && g.policy.read_only[4] == NULL);
    ground_done(&g);
    bundle_close(&b);
}

/* However it is written, and none that lies elsewhere or is the root. */
TEST(a_judge_is_known_by_every_spelling) {
    static const char *const words[][2] = {
        {"./w",                "w"      },
        {"tests/w",            "tests/w"},
        {"tests//w",           "tests/w"},
        {"./tests/./w",        "tests/w"},
        {"engine/../w",        "w"      },
        {"engine/a/../../w.c", "w.c"    },
        {"tests/w/",           "tests/w"},
        {"..w/...",            "..w/..."},
        {"a/../../w",          NULL     },
        {"../w",               NULL     },
        {"engine/..",          NULL     },
        {"/usr/bin/w",         NULL     },
        {"./",                 NULL     },
    };
    struct bundle b;
    bundle_open(&b, bundle_honest);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const char *command[] = {"sh", words[i][0], NULL};
        struct suite suite = {.command = command};
        struct config config = {.root = "/s/", .suites = &suite, .suite_count = 1};
        const char *const *found = (const char *const *)ground_programs(&b.arena, &config);
        (void)test_check(words[i][1] ? *found && strcmp(*found, words[i][1]) == 0 : !*found,
                         __FILE__, __LINE__, "%s: %s", words[i][0], *found ? *found : "none");
    }
    bundle_close(&b);
}

TEST(what_makes_decoys_judges_too) {
    struct bundle b;
    struct ground g;
    stand_on(&b,
             CONFIG "toy | sed 's|\"axes\"|\"decoy\":[\"sh\",\"engine/spoil.sh\",\"{fixture}\"],&|'"
                    " >noctule.json");
    EXPECT_STR(fault_of(&b, "toy", "", &g), "");
    REQUIRE(g.known && g.policy.test_count == 5);
    EXPECT_STR(g.policy.tests[2], "engine/spoil.sh");
    EXPECT_STR(g.policy.decoys[0], "s");
    EXPECT(g.policy.decoys[1] == NULL);
    ground_done(&g);
    bundle_close(&b);
}

TEST(what_lies_below_the_top_is_found_there) {
    struct bundle b;
    struct ground g;
    stand_on(&b, "mkdir -p sub && " CONFIG "toy >sub/noctule.json");
    b.proof.prefix = "sub";
    EXPECT_STR(fault_of(&b, "toy", "sub", &g), "");
    REQUIRE(g.known);
    EXPECT_STR(g.policy.tests[0], "tests");
    EXPECT_STR(g.policy.paths[0], "sub/engine");
    EXPECT_STR(g.policy.read_only[2], "sub/w");
    EXPECT_STR(g.policy.read_only[3], "sub/noctule.json");
    ground_done(&g);
    EXPECT_STR(fault_of(&b, "toy", "", &g), "subject");
    bundle_close(&b);
}

TEST(a_base_without_rules_is_no_ground) {
    static const struct {
        const char *script, *fault;
    } rows[] = {
        {"git rm -q --ignore-unmatch noctule.json",                      "policy" },
        {"echo '{' >noctule.json",                                       "policy" },
        {"rm -f noctule.json; ln -s sub/noctule.json noctule.json",      "policy" },
        {"rm -f noctule.json; mkdir noctule.json; : >noctule.json/x",    "policy" },
        {"rm -rf noctule.json; head -c 2000000 /dev/zero >noctule.json", "policy" },
        {"rm -rf noctule.json; " CONFIG "other >noctule.json",           "subject"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bundle b;
        struct ground g;
        stand_on(&b, rows[i].script);
        EXPECT_STR(fault_of(&b, "toy", "", &g), rows[i].fault);
        ground_done(&g);
        bundle_close(&b);
    }
}

TEST(a_file_of_a_tree_is_read_within_its_limit) {
    struct bundle b;
    const char *text;
    size_t len;
    bundle_open(&b, bundle_honest);
    const char *tree = b.proof.fixed_tree;
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "engine/norm.c", 14, &text, &len), 0);
    EXPECT_STR(text, "one\ntwo\nthree\n");
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "engine/norm.c", 13, &text, &len),
               ERR_LIMIT);
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "engine", 99, &text, &len), ERR_NOTFOUND);
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "engine/no", 99, &text, &len), ERR_NOTFOUND);
    EXPECT_INT(content_read(b.commits, &b.arena, "0123", "engine", 99, &text, &len), ERR_NOTFOUND);
    bundle_close(&b);
}

TEST(a_file_of_a_tree_gets_other_bytes_and_keeps_its_mode) {
    struct bundle b;
    char tree[REPO_HEX_SIZE], gone[REPO_HEX_SIZE];
    const char *text;
    size_t len;
    bundle_open(&b, bundle_honest);
    const char *was = b.proof.fixed_tree;
    const struct content_edit edit = {"engine/norm.c", "four\n", 5}, drop = {.path = "tests/norm"};
    const struct content_edit none = {"engine/no", "x", 1}, folder = {"engine", "x", 1};
    REQUIRE(content_edit(b.commits, was, &edit, 1, tree) == 0);
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "engine/norm.c", 99, &text, &len), 0);
    EXPECT_STR(text, "four\n");
    EXPECT_INT(content_read(b.commits, &b.arena, tree, "tests/norm", 99, &text, &len), 0);
    REQUIRE(content_edit(b.commits, tree, &drop, 1, gone) == 0);
    EXPECT_INT(content_read(b.commits, &b.arena, gone, "tests/norm", 99, &text, &len),
               ERR_NOTFOUND);
    EXPECT_INT(content_edit(b.commits, was, &none, 1, gone), ERR_NOTFOUND);
    EXPECT_INT(content_edit(b.commits, was, &folder, 1, gone), ERR_NOTFOUND);
    bundle_close(&b);
}
