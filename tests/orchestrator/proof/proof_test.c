/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/proof.h"

#include <string.h>

#include "tests/orchestrator/proof/bundle.h"

TEST(names_are_hashed_in_one_order) {
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE], want[HASH_HEX_SIZE];
    struct proof_name one[] = {
        {"s/b/cpu", "x"},
        {"s/a/cpu", "y"},
        {"s/a/cpu", "x"},
    };
    struct proof_name two[] = {
        {"s/a/cpu", "x"},
        {"s/b/cpu", "x"},
        {"s/a/cpu", "y"},
    };
    static const char text[] = "s/a/cpu\tx\ns/a/cpu\ty\ns/b/cpu\tx\n";
    proof_hash_names(one, 3, a);
    proof_hash_names(two, 3, b);
    hash_bytes(text, sizeof(text) - 1, want);
    EXPECT(strcmp(a, want) == 0 && strcmp(b, want) == 0);
}

TEST(a_seal_is_what_the_rest_says) {
    struct arena arena;
    struct proof_case cases[2] = {{.after = {3, 3, 0}}, {.after = {3, 2, 1}}};
    struct proof p = {.patch = "abc", .cases = cases, .case_count = 2};
    arena_init(&arena, 0);
    proof_seal(&p, &arena);
    EXPECT(p.schema == PROOF_SCHEMA);
    EXPECT(strncmp(p.patch_sha256, "ba7816bf8f01cfea", 16) == 0);
    EXPECT(p.flake.rate == flake_of(1, 6).rate && p.flake.high == flake_of(1, 6).high);
    p.case_count = 0;
    EXPECT(proof_flake(&p).high == 0);
    arena_done(&arena);
}

static void say(const struct proof_faults *f) {
    for (size_t i = 0; i < f->len && i < PROOF_FAULTS_MAX; i++)
        printf("  %s: %s\n", proof_fault_name(f->rows[i].kind), f->rows[i].text);
}

TEST(an_honest_proof_holds_and_matches) {
    struct bundle b;
    bundle_open(&b, bundle_honest);
    struct proof_faults faults = {.arena = &b.arena};
    EXPECT(proof_holds(&b.proof, &faults));
    EXPECT_INT(proof_matches(&b.proof, b.commits, &bundle_policy, &faults), 0);
    EXPECT_INT(faults.len, 0);
    say(&faults);
    bundle_close(&b);
}

TEST(what_is_written_is_read_back_to_the_same_bytes) {
    struct bundle b;
    struct buf one, two;
    struct proof back;
    bundle_open(&b, bundle_honest);
    buf_init(&one, PROOF_FILE_MAX);
    buf_init(&two, PROOF_FILE_MAX);
    EXPECT_INT(proof_write(&one, &b.proof), 0);
    REQUIRE(proof_read(&back, &b.arena, one.data, one.len, "proof.json") == 0);
    EXPECT_INT(proof_write(&two, &back), 0);
    EXPECT_STR(one.data, two.data);
    EXPECT_STR(back.patch, b.proof.patch);
    EXPECT_INT(back.case_count, BUNDLE_CASES);
    EXPECT_INT(back.cases[2].control.failed, 3);
    EXPECT_STR(back.cases[1].name, "toy/attn_norm");
    EXPECT_STR(back.tests[1], "engine/check/");
    EXPECT_STR(back.environment.cpu, b.proof.environment.cpu);
    struct proof_faults faults = {.arena = &b.arena};
    EXPECT(proof_holds(&back, &faults));
    EXPECT_INT(proof_matches(&back, b.commits, &bundle_policy, &faults), 0);
    EXPECT_INT(faults.len, 0);
    buf_done(&one);
    buf_done(&two);
    bundle_close(&b);
}

/* One lie each: what is done to an honest bundle, and what it is called then. */
static void not_failed_before(struct bundle *b) {
    b->cases[1].before = (struct proof_tally){3, 1, 2};
}
static void fails_after(struct bundle *b) {
    b->cases[1].after = (struct proof_tally){3, 2, 1};
    proof_seal(&b->proof, &b->arena);
}
static void is_not_run_after(struct bundle *b) {
    b->cases[1].after = (struct proof_tally){3, 0, 0};
    proof_seal(&b->proof, &b->arena);
}
static void passes_in_the_control(struct bundle *b) {
    b->cases[1].control = (struct proof_tally){3, 3, 0};
}
static void has_a_weak_control(struct bundle *b) {
    b->cases[1].control = (struct proof_tally){3, 1, 2};
}
static void has_no_control(struct bundle *b) {
    b->cases[1].control = (struct proof_tally){0, 0, 0};
}
static void has_no_cases(struct bundle *b) {
    b->proof.case_count = 0;
    proof_seal(&b->proof, &b->arena);
}
static void has_no_runs(struct bundle *b) {
    b->proof.runs = b->proof.needed = 0;
    for (size_t i = 0; i < BUNDLE_CASES; i++)
        b->cases[i].before = b->cases[i].after = b->cases[i].control = (struct proof_tally){0};
    proof_seal(&b->proof, &b->arena);
}
static void has_swept_nothing(struct bundle *b) {
    b->proof.before = b->proof.after = (struct proof_totals){0, 0, 7};
    b->proof.kept.before = b->proof.kept.after = 0;
}
static void loses_a_case(struct bundle *b) {
    b->proof.kept.after = 0;
}
static void hides_a_lost_case(struct bundle *b) {
    b->proof.kept.before = b->proof.kept.after = 0;
}
static void has_fewer_runs(struct bundle *b) {
    b->cases[0].before = (struct proof_tally){2, 0, 2};
    b->proof.needed = 2;
}
static void counts_a_case_twice(struct bundle *b) {
    b->cases[2] = b->cases[1];
}
static void is_better_than_it_ran(struct bundle *b) {
    b->cases[0].after = (struct proof_tally){3, 3, 1};
}
static void drops_cases(struct bundle *b) {
    b->proof.after.not_passed = 0;
}
static void forgets_the_primary(struct bundle *b) {
    b->proof.case_name = "toy/other";
}
static void has_another_rate(struct bundle *b) {
    b->proof.flake.high = 0.01;
}
static void has_another_patch(struct bundle *b) {
    b->proof.patch = arena_printf(&b->arena, "%s\n", b->proof.patch);
}
static void changes_nothing(struct bundle *b) {
    b->proof.fixed_tree = b->proof.base_tree;
}
static void has_other_tests(struct bundle *b) {
    b->proof.tests_fixed_sha256 = b->proof.patch_sha256;
}
static void has_no_tests(struct bundle *b) {
    b->proof.test_count = 0;
}

static void has_the_receipt_of_another(struct bundle *b) {
    const char *tree = b->proof.fixed_tree;
    b->proof.fixed_tree = "0123456789012345678901234567890123456789";
    bundle_receipt(b, "proposed", "");
    b->proof.fixed_tree = tree;
}
static void began_elsewhere(struct bundle *b) {
    const char *tree = b->proof.base_tree;
    b->proof.base_tree = "0123456789012345678901234567890123456789";
    bundle_receipt(b, "proposed", "");
    b->proof.base_tree = tree;
}
static void was_not_let_in(struct bundle *b) {
    bundle_receipt(b, "unverified", "");
}
static void was_refused(struct bundle *b) {
    bundle_receipt(b, "proposed", "{\"name\":\"outside\",\"path\":\"x\",\"text\":\"no\"}");
}
static void is_by_another_role(struct bundle *b) {
    b->proof.role = "reviewer";
}
static void is_by_another_driver(struct bundle *b) {
    b->proof.driver = "model";
}
/* The honest receipt with its first `from` replaced. */
static void amend_receipt(struct bundle *b, const char *from, const char *to) {
    const char *at = strstr(b->proof.receipt, from);
    REQUIRE(at != NULL);
    b->proof.receipt = arena_printf(&b->arena, "%.*s%s%s", (int)(at - b->proof.receipt),
                                    b->proof.receipt, to, at + strlen(from));
}
static void took_less_than_nothing(struct bundle *b) {
    amend_receipt(b, "\"turns\":0", "\"turns\":-4");
}
static void was_paid_for_it(struct bundle *b) {
    amend_receipt(b, "\"usd\":0", "\"usd\":-0.5");
}
static void asked_a_model_backwards(struct bundle *b) {
    amend_receipt(b, "\"models\":[]", "\"models\":[{\"name\":\"m\",\"input_tokens\":-1}]");
}
static void has_an_empty_receipt(struct bundle *b) {
    b->proof.receipt = "{}";
}
static void was_turned_down(struct bundle *b) {
    b->proof.review = "{\"verdict\":\"NO_LAND\"}";
}
static void has_a_silent_review(struct bundle *b) {
    b->proof.review = "{\"reason\":\"fine\"}";
}
static void swept_other_cells(struct bundle *b) {
    b->proof.scope = "cell=compat/toy/cpu.bf16,compat/toy/cpu.f16";
}
static void swept_some_cases(struct bundle *b) {
    b->proof.scope = "case=toy/a*;cell=compat/toy/cpu.bf16,compat/toy/cpu.f32";
}
static void swept_who_knows_what(struct bundle *b) {
    b->proof.scope = "everything";
}
static void ran_in_a_fort(struct bundle *b) {
    b->proof.sandbox = "fort knox";
}

TEST(each_lie_of_a_bundle_has_a_name) {
    static const struct {
        void (*lie)(struct bundle *);
        enum proof_fault_kind fault;
    } rows[] = {
        {not_failed_before,          PROOF_FAULT_NOT_REPRODUCED},
        {fails_after,                PROOF_FAULT_NOT_MENDED    },
        {is_not_run_after,           PROOF_FAULT_NOT_MENDED    },
        {passes_in_the_control,      PROOF_FAULT_UNCONTROLLED  },
        {has_a_weak_control,         PROOF_FAULT_UNCONTROLLED  },
        {has_no_control,             PROOF_FAULT_UNCONTROLLED  },
        {has_no_cases,               PROOF_FAULT_EMPTY         },
        {has_no_runs,                PROOF_FAULT_EMPTY         },
        {has_swept_nothing,          PROOF_FAULT_EMPTY         },
        {has_no_tests,               PROOF_FAULT_EMPTY         },
        {loses_a_case,               PROOF_FAULT_LOST          },
        {hides_a_lost_case,          PROOF_FAULT_COUNTS        },
        {has_fewer_runs,             PROOF_FAULT_COUNTS        },
        {counts_a_case_twice,        PROOF_FAULT_COUNTS        },
        {is_better_than_it_ran,      PROOF_FAULT_COUNTS        },
        {drops_cases,                PROOF_FAULT_COUNTS        },
        {forgets_the_primary,        PROOF_FAULT_COUNTS        },
        {has_another_rate,           PROOF_FAULT_COUNTS        },
        {has_another_patch,          PROOF_FAULT_PATCH         },
        {changes_nothing,            PROOF_FAULT_NO_CHANGE     },
        {has_other_tests,            PROOF_FAULT_TESTS         },
        {has_the_receipt_of_another, PROOF_FAULT_RECEIPT       },
        {began_elsewhere,            PROOF_FAULT_RECEIPT       },
        {was_not_let_in,             PROOF_FAULT_RECEIPT       },
        {was_refused,                PROOF_FAULT_RECEIPT       },
        {is_by_another_role,         PROOF_FAULT_RECEIPT       },
        {is_by_another_driver,       PROOF_FAULT_RECEIPT       },
        {took_less_than_nothing,     PROOF_FAULT_RECEIPT       },
        {was_paid_for_it,            PROOF_FAULT_RECEIPT       },
        {asked_a_model_backwards,    PROOF_FAULT_RECEIPT       },
        {has_an_empty_receipt,       PROOF_FAULT_RECEIPT       },
        {was_turned_down,            PROOF_FAULT_REVIEW        },
        {has_a_silent_review,        PROOF_FAULT_REVIEW        },
        {swept_other_cells,          PROOF_FAULT_SCOPE         },
        {swept_some_cases,           PROOF_FAULT_SCOPE         },
        {swept_who_knows_what,       PROOF_FAULT_SCOPE         },
        {ran_in_a_fort,              PROOF_FAULT_SANDBOX       },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bundle b;
        bundle_open(&b, bundle_honest);
        struct proof_faults faults = {.arena = &b.arena};
        rows[i].lie(&b);
        EXPECT(!proof_holds(&b.proof, &faults));
        bool named = false;
        for (size_t k = 0; k < faults.len; k++)
            named |= faults.rows[k].kind == rows[i].fault;
        (void)test_check(named, __FILE__, __LINE__, "lie %zu is not called %s", i,
                         proof_fault_name(rows[i].fault));
        if (!named)
            say(&faults);
        bundle_close(&b);
    }
}

TEST(a_scope_names_the_cells_in_it) {
    struct bundle b;
    bundle_open(&b, bundle_honest);
    struct proof_faults faults = {.arena = &b.arena};
    b.proof.scope = "cell=compat/toy/cpu.bf16,compat/toy/cpu.f32,compat/toy/fast.f32";
    b.proof.review = "";
    EXPECT(proof_holds(&b.proof, &faults));
    say(&faults);
    bundle_close(&b);
}

/* Lies that only the repository can tell; each holds by itself. */
static void is_based_elsewhere(struct bundle *b) {
    b->proof.base = "0123456789012345678901234567890123456789";
}
static void is_based_on_another_tree(struct bundle *b) {
    b->proof.base_tree = b->proof.fixed_tree;
    b->proof.fixed_tree = "0123456789012345678901234567890123456789";
    bundle_receipt(b, "proposed", "");
}
static void tested_another_tree(struct bundle *b) {
    char *tree = arena_alloc(&b->arena, REPO_HEX_SIZE);
    bundle_tree("echo sane >engine/norm.c", tree);
    b->proof.fixed_tree = tree;
    bundle_receipt(b, "proposed", "");
}
static void shows_another_patch(struct bundle *b) {
    struct bundle other;
    bundle_open(&other, "echo sane >engine/norm.c");
    b->proof.patch = arena_strdup(&b->arena, other.proof.patch);
    proof_seal(&b->proof, &b->arena);
    bundle_close(&other);
}
static void shows_no_patch(struct bundle *b) {
    b->proof.patch = "it is fine\n";
    proof_seal(&b->proof, &b->arena);
}
static void has_another_subject(struct bundle *b) {
    b->proof.subject = "other";
}
static void names_other_paths(struct bundle *b) {
    b->paths[0] = "engine/other.c";
    b->proof.paths = b->paths;
}
static void blames_nobody_known(struct bundle *b) {
    b->proof.culprit.commit = "0123456789012345678901234567890123456789";
}
static void blames_who_came_later(struct bundle *b) {
    static const char later[] = "git commit-tree -p HEAD -m later HEAD^{tree} >.git/later && "
                                "git branch -qf later $(cat .git/later)";
    char id[REPO_HEX_SIZE];
    BUNDLE_OK(bundle_sh(bundle_folder(), later));
    BUNDLE_OK(commits_find(b->commits, "later", id));
    b->proof.culprit.commit = arena_strdup(&b->arena, id);
    b->proof.culprit.subject = "later";
}
static void blames_it_for_something_else(struct bundle *b) {
    b->proof.culprit.subject = "norm: somebody else's";
}
static void ran_less_than_the_base_asks(struct bundle *b) {
    b->proof.runs = b->proof.needed = 2;
    for (size_t i = 0; i < BUNDLE_CASES; i++) {
        b->cases[i].before = b->cases[i].control = (struct proof_tally){2, 0, 2};
        b->cases[i].after = (struct proof_tally){2, 2, 0};
    }
    proof_seal(&b->proof, &b->arena);
}
static void needs_less_than_the_base_asks(struct bundle *b) {
    b->proof.needed = 1;
}
static void says_less_changed(struct bundle *b) {
    b->proof.added = 0;
}
static void chooses_its_judges(struct bundle *b) {
    static const char *const easy[] = {"tests/other/"};
    b->proof.tests = easy;
    b->proof.test_count = 1;
    bundle_describe(b);
}
static void lies_about_its_tests(struct bundle *b) {
    b->proof.tests_sha256 = b->proof.tests_fixed_sha256 = b->proof.patch_sha256;
}
static void claims_the_same_tests(struct bundle *b) {
    b->proof.tests_fixed_sha256 = b->proof.tests_sha256;
}

TEST(each_lie_about_the_repository_has_a_name) {
    static const struct {
        const char *script;
        void (*lie)(struct bundle *);
        enum proof_fault_kind fault;
    } rows[] = {
        {bundle_honest,                   is_based_elsewhere,            PROOF_FAULT_BASE   },
        {bundle_honest,                   is_based_on_another_tree,      PROOF_FAULT_BASE   },
        {bundle_honest,                   tested_another_tree,           PROOF_FAULT_TREE   },
        {bundle_honest,                   shows_another_patch,           PROOF_FAULT_TREE   },
        {bundle_honest,                   shows_no_patch,                PROOF_FAULT_PATCH  },
        {bundle_honest,                   has_another_subject,           PROOF_FAULT_SUBJECT},
        {bundle_honest,                   names_other_paths,             PROOF_FAULT_PATHS  },
        {bundle_honest,                   says_less_changed,             PROOF_FAULT_PATHS  },
        {bundle_honest,                   blames_nobody_known,           PROOF_FAULT_CULPRIT},
        {bundle_honest,                   blames_who_came_later,         PROOF_FAULT_CULPRIT},
        {bundle_honest,                   blames_it_for_something_else,  PROOF_FAULT_CULPRIT},
        {bundle_honest,                   ran_less_than_the_base_asks,   PROOF_FAULT_POLICY },
        {bundle_honest,                   needs_less_than_the_base_asks, PROOF_FAULT_POLICY },
        {bundle_honest,                   chooses_its_judges,            PROOF_FAULT_POLICY },
        {bundle_honest,                   lies_about_its_tests,          PROOF_FAULT_TESTS  },
        {"echo easy >tests/norm",         claims_the_same_tests,         PROOF_FAULT_TESTS  },
        {"echo 1 >engine/check/limits",   claims_the_same_tests,         PROOF_FAULT_TESTS  },
        {"echo x >README",                NULL,                          PROOF_FAULT_POLICY },
        {"ln -sf /etc/passwd engine/x.c", NULL,                          PROOF_FAULT_PATHS  },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bundle b;
        bundle_open(&b, rows[i].script);
        struct proof_faults faults = {.arena = &b.arena};
        if (rows[i].lie)
            rows[i].lie(&b);
        (void)test_check(proof_holds(&b.proof, &faults), __FILE__, __LINE__, "lie %zu holds not",
                         i);
        EXPECT_INT(proof_matches(&b.proof, b.commits, &bundle_policy, &faults), 0);
        bool named = false;
        for (size_t k = 0; k < faults.len; k++)
            named |= faults.rows[k].kind == rows[i].fault;
        (void)test_check(named, __FILE__, __LINE__, "lie %zu is not called %s", i,
                         proof_fault_name(rows[i].fault));
        if (!named)
            say(&faults);
        bundle_close(&b);
    }
}

/* text with its first `from` replaced. */
static void replace(struct buf *out, const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    buf_reset(out);
    REQUIRE(at != NULL);
    buf_add(out, text, (size_t)(at - text));
    buf_puts(out, to);
    buf_puts(out, at + strlen(from));
}

TEST(a_broken_bundle_is_refused_with_its_key) {
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"\"schema\": 2",          "\"schema\": 1",                   "proof.json: schema: "         },
        {"\"id\": \"2026",         "\"id\": \"../2026",               "proof.json: id: "             },
        {"\"id\": \"2026",         "\"id\": \".2026",                 "proof.json: id: "             },
        {"\"prefix\": \"\"",       "\"prefix\": \"../x\"",            "proof.json: prefix: "         },
        {"\"prefix\": \"\"",       "\"prefix\": \"/x\"",              "proof.json: prefix: "         },
        {"\"subject\": \"toy\"",   "\"subject\": \"to\\u001by\"",     "proof.json: subject: "        },
        {"\"engine/norm.c\"",      "\"engine/../norm.c\"",            "proof.json: patch.paths[0]: " },
        {"\"needed\": 3",          "\"needed\": -1",                  "proof.json: runs.needed: "    },
        {"\"needed\": 3",          "\"neded\": 3",                    "\"needed\" is missing"        },
        {"\"needed\": 3",          "\"needed\": 3, \"more\": 1",      "proof.json: runs.more: "      },
        {"\"program\": \"0.1.0\"", "\"program\": \"0.1.0\", \"x\":1", "proof.json: x: "              },
        {"\"runs\": 3",            "\"runs\": 3, \"more\": 1",        "cases[0].before.more: "       },
        {"\"failed\": 3",          "\"failed\": 3.5",                 "cases[0].before.failed: "     },
        {"\"signature\": \"0",     "\"signature\": \"x",              "cases[0].signature: "         },
        {"\"posterior\": 0.994",   "\"posterior\": 1.5",              "proof.json: culprit.posterior"},
        {"\"hash\": \"9f7c",       "\"hash\": \"9F7c",                "proof.json: cluster.hash: "   },
        {"\"text\": \"diff",       "\"text\": \"\\u0000diff",         "proof.json"                   },
        {"\"review\": {",          "\"review\": [{",                  "proof.json"                   },
        {"\"audit\": \"\"",        "\"audit\": \"12\"",               "proof.json: audit: "          },
        {"{\n  \"schema\": 2,",    "[",                               "proof.json"                   },
    };
    struct bundle b;
    struct buf good, bad;
    struct proof back;
    bundle_open(&b, bundle_honest);
    buf_init(&good, PROOF_FILE_MAX);
    buf_init(&bad, PROOF_FILE_MAX);
    EXPECT_INT(proof_write(&good, &b.proof), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        replace(&bad, good.data, rows[i].from, rows[i].to);
        EXPECT_INT(proof_read(&back, &b.arena, bad.data, bad.len, "proof.json"), ERR_FORMAT);
        (void)test_check(strstr(err_text(), rows[i].says) != NULL, __FILE__, __LINE__,
                         "%s: \"%s\" does not name it", rows[i].to, err_text());
    }
    buf_done(&good);
    buf_done(&bad);
    bundle_close(&b);
}

TEST(what_could_not_be_read_is_not_written) {
    struct bundle b;
    struct buf out;
    bundle_open(&b, bundle_honest);
    buf_init(&out, PROOF_FILE_MAX);
    b.proof.receipt = "[]";
    EXPECT_INT(proof_write(&out, &b.proof), ERR_FORMAT);
    b.proof.receipt = "{}";
    b.proof.patch = "diff \xff";
    EXPECT_INT(proof_write(&out, &b.proof), ERR_FORMAT);
    EXPECT(strstr(err_text(), "UTF-8") != NULL);
    EXPECT_INT(out.len, 0);
    b.proof.patch = "diff";
    b.proof.cluster.message = "two\nlines\x1b[31m";
    EXPECT_INT(proof_write(&out, &b.proof), 0);
    EXPECT(strstr(out.data, "\"two lines [31m\"") != NULL);
    buf_done(&out);
    bundle_close(&b);
}
