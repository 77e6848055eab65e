/* SPDX-License-Identifier: Apache-2.0 */
/* A cell of made-up cases: what each comes to, and what is said about it. The cases try tokenizers
 * written into cases.json, so they need neither weights nor a model. */
#include "engine/check/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/check/case.h"
#include "engine/check/fixture.h"
#include "engine/format/safetensors_writer.h"
#include "tests/test.h"

#define TOKENIZER                                                                                 \
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"              \
    "\"normalizer\":{\"type\":\"Lowercase\"},\"pre_tokenizer\":{\"type\":\"Whitespace\"},"        \
    "\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":\"WordPiece\",\"vocab\":"       \
    "{\"[UNK]\":0,\"a\":1,\"b\":2},\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\"," \
    "\"max_input_chars_per_word\":100}}"
#define PART(text, ids) "{\"tokenizer\":" TOKENIZER ",\"text\":\"" text "\",\"ids\":" ids "}"
#define CASE(name, type, tolerance, rest) \
    "{\"name\":\"" name "\",\"type\":\"" type "\",\"tolerance\":\"" tolerance "\"," rest "}"
#define PARTS(list) "\"params\":{\"parts\":[" list "]}"

static const char *write_fixture(const char *cases, const char *hash) {
    static struct buf path;
    struct buf text;
    const char *folder = test_folder();
    buf_init(&text, 1 << 20);
    if (!path.data)
        buf_init(&path, 4096);
    buf_printf(&text, "{\"schema\":1,\"family\":\"toy\",%s\"cases\":[%s]}", hash, cases);
    CHECK(file_replace(file_join(&path, folder, "cases.json"), text.data, text.len) == 0);
    buf_done(&text);
    return folder;
}

/* One golden, and the text that binds cases.json to it. */
static const char *write_goldens(const char *folder, float value) {
    static char text[128];
    char hash[HASH_HEX_SIZE];
    struct tensor t;
    struct buf path;
    buf_init(&path, 4096);
    CHECK(tensor_init(&t, DTYPE_F32, SHAPE(1)) == 0);
    t.data = &value;
    const struct safetensors_item item = {"x", &t};
    file_join(&path, folder, "goldens.safetensors");
    CHECK(safetensors_write(path.data, &item, 1, NULL, 0) == 0);
    CHECK(hash_file(path.data, hash) == 0);
    snprintf(text, sizeof(text), "\"goldens_sha256\":\"%s\",", hash);
    buf_done(&path);
    return text;
}

/* All lines of a run, or of the list, as one text. */
static char *run(const char *folder, const char *dtype, bool list, struct check_counts *counts) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct check *k = NULL;
    struct check_options options = {
        .folder = folder, .backend = "cpu", .dtype = dtype, .threads = 1};
    int rc = check_open(&k, &options);
    if (rc == 0)
        rc = list ? check_list(k, out) : check_run(k, out, counts);
    CHECK(rc == 0);
    check_close(k);
    fclose(out);
    return text;
}

#define GOOD      CASE("good", "components", "X", PARTS(PART("A b", "[1,2]")))
#define WRONG     CASE("wrong", "components", "X", PARTS(PART("a b", "[1,1]")))
#define EMPTY     CASE("empty", "components", "X", PARTS(""))
#define TELEPATHY CASE("unknown", "telepathy", "X", "\"params\":{}")
#define LOOSE     CASE("loose", "components", "F", PARTS(PART("a", "[1]")))
#define ELSEWHERE \
    CASE("elsewhere", "components", "X", "\"dtypes\":[\"bf16\"],\"na_reason\":\"not here\"")
#define GOLDEN CASE("golden", "embeddings", "E", "\"inputs\":{\"input_ids\":\"x\"}")
#define UNREAD \
    CASE("unread", "components", "X", "\"expect\":{\"logits\":\"x\"}," PARTS(PART("A b", "[1,2]")))

static const char mixed[] =
    GOOD "," WRONG "," EMPTY "," TELEPATHY "," LOOSE "," ELSEWHERE "," GOLDEN;

TEST(each_case_gets_one_result_and_only_a_right_one_passes) {
    static const char *const expected[] = {
        "\"case\":\"toy/good\",\"status\":\"pass\"",
        "\"case\":\"toy/wrong\",\"status\":\"fail\"",
        "ids[1] is 2, and should be 1",
        "\"case\":\"toy/empty\",\"status\":\"error\"",
        "the case compared nothing",
        "\"case\":\"toy/unknown\",\"status\":\"error\"",
        "there is no case type \\\"telepathy\\\"",
        "\"case\":\"toy/loose\",\"status\":\"error\"",
        "has the tolerance X, not \\\"F\\\"",
        "\"case\":\"toy/elsewhere\",\"status\":\"na\"",
        "\"reason\":\"not here\"",
        "\"case\":\"toy/golden\",\"status\":\"error\"",
        "goldens_sha256 is missing",
        "{\"event\":\"done\",\"cases\":7,\"calibration\":{\"version\":1,\"ms\":",
        "\"cpu_ms\":",
    };
    struct check_counts counts;
    char *text = run(write_fixture(mixed, ""), "f32", false, &counts);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        EXPECT_HAS(text, expected[i]);
    EXPECT_INT(counts.pass, 1);
    EXPECT_INT(counts.na, 1);
    EXPECT_INT(counts.other, 5);
    free(text);
}

TEST(what_is_expected_and_held_against_nothing_makes_no_pass) {
    struct check_counts counts;
    char *text = run(write_fixture(UNREAD, ""), "f32", false, &counts);
    EXPECT_HAS(text, "\"case\":\"toy/unread\",\"status\":\"error\"");
    EXPECT_HAS(text, "expects \\\"logits\\\", which nothing was held against");
    EXPECT_INT(counts.pass, 0);
    EXPECT_INT(counts.other, 1);
    free(text);
}

/* The next line of *at as a document, or NULL at the end. */
static struct json_doc *next_line(char **at) {
    struct json_doc *doc = NULL;
    char *end = strchr(*at, '\n');
    if (!end)
        return NULL;
    CHECK(json_parse(&doc, *at, (size_t)(end - *at), "line", 0) == 0);
    *at = end + 1;
    return doc;
}

TEST(lines_are_json_the_plan_first_and_a_started_line_before_each_result) {
    struct check_counts counts;
    char *text = run(write_fixture(mixed, ""), "f32", false, &counts), *at = text;
    char open_case[64] = "";
    int lines = 0, results = 0;
    for (struct json_doc *doc; (doc = next_line(&at)); lines++) {
        const char *event = "", *id = "";
        EXPECT_INT(json_str(json_root(doc), "event", &event), 0);
        (void)json_opt_str(json_root(doc), "case", &id);
        EXPECT((lines == 0) == (strcmp(event, "plan") == 0));
        if (strcmp(event, "started") == 0)
            snprintf(open_case, sizeof(open_case), "%s", id);
        if (strcmp(event, "result") == 0) {
            EXPECT_STR(id, open_case);
            results++;
        }
        json_free(doc);
    }
    EXPECT_INT(results, 7);
    EXPECT_INT(lines, 1 + 2 * 7 + 1);
    free(text);
}

TEST(the_list_is_the_plan_line_and_needs_nothing_but_cases_json) {
    char *text =
        run(write_fixture(CASE("a", "final_logits", "F", "\"checkpoint\":\"nowhere\""), ""), "bf16",
            true, NULL);
    EXPECT_STR(text, "{\"event\":\"plan\",\"schema\":1,\"family\":\"toy\",\"backend\":\"cpu\","
                     "\"dtype\":\"bf16\",\"cases\":[\"toy/a\"]}\n");
    free(text);
}

static struct fixture *open_with_golden(float value, const char *hash) {
    struct fixture *f = NULL;
    const char *folder = write_fixture(CASE("a", "head", "F", "\"params\":{}"), hash);
    (void)write_goldens(folder, value);
    CHECK(fixture_open(&f, folder) == 0);
    return f;
}

TEST(goldens_that_are_gone_or_changed_by_one_value_are_an_error_every_time) {
    struct tensor t;
    char bound[128];
    const char *scratch = test_folder();
    snprintf(bound, sizeof(bound), "%s", write_goldens(scratch, 1.0F));
    struct fixture *right = open_with_golden(1.0F, bound);
    struct fixture *changed = open_with_golden(1.0000001F, bound);
    struct fixture *gone = NULL;
    EXPECT_INT(fixture_golden(right, "x", "f32", GOLDEN_EXPECT, &t), 0);
    EXPECT_INT(fixture_golden(right, "y", "f32", GOLDEN_EXPECT, &t), ERR_NOTFOUND);
    for (int i = 0; i < 2; i++) {
        EXPECT_INT(fixture_golden(changed, "x", "f32", GOLDEN_EXPECT, &t), ERR_FORMAT);
        EXPECT_HAS(err_text(), "cases.json was written with");
    }
    CHECK(fixture_open(&gone, write_fixture(CASE("a", "head", "F", "\"params\":{}"), bound)) == 0);
    EXPECT_INT(fixture_golden(gone, "x", "f32", GOLDEN_EXPECT, &t), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "the reference is missing");
    fixture_close(right);
    fixture_close(changed);
    fixture_close(gone);
}

TEST(a_float_reference_of_f32_does_not_stand_in_for_another_dtype) {
    struct tensor t;
    char bound[128];
    snprintf(bound, sizeof(bound), "%s", write_goldens(test_folder(), 2.0F));
    struct fixture *f = open_with_golden(2.0F, bound);
    EXPECT_INT(fixture_golden(f, "x", "bf16", GOLDEN_EXPECT, &t), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "x@bf16");
    EXPECT_INT(fixture_golden(f, "x", "bf16", GOLDEN_INPUT, &t), 0);
    fixture_close(f);
}

TEST(what_cannot_be_run_at_all_says_why) {
    struct check *k = NULL;
    const char *folder = write_fixture(mixed, "");
    const char *ids[] = {"toy/none"};
    struct opt_list list = {ids, 1};
    struct check_options options = {.folder = folder, .backend = "cpu", .dtype = "i8"};
    EXPECT_INT(check_open(&k, &options), ERR_ARG);
    options.dtype = "f32";
    options.backend = "abacus";
    EXPECT(check_open(&k, &options) < 0);
    EXPECT_HAS(err_text(), "abacus");
    options.backend = "cpu";
    options.cases = &list;
    EXPECT_INT(check_open(&k, &options), ERR_ARG);
    EXPECT_HAS(err_text(), "toy/none");
    options.folder = "/nonexistent";
    EXPECT_INT(check_open(&k, &options), ERR_NOTFOUND);
    EXPECT(k == NULL);
}

TEST(every_case_type_is_named_once_and_knows_its_row) {
    int types = 0;
    for (const struct case_group *const *group = case_table; *group; group++)
        for (const struct case_type *row = (*group)->types; row->type; row++, types++) {
            test_check(case_type_find(row->type) == row, __FILE__, __LINE__, "%s stands twice",
                       row->type);
            EXPECT(row->ref && row->ref[0] >= 'A' && row->ref[0] <= 'G');
            for (const char *letter = row->tolerances; *letter; letter++)
                EXPECT(tolerance_find((const char[]){*letter, 0}) != NULL);
        }
    EXPECT(types >= 45);
}

#define DECODED(said) \
    "{\"tokenizer\":" TOKENIZER ",\"text\":\"a b a\",\"ids\":[1,2,1],\"decoded\":\"" said "\"}"
#define UNKNOWN "{\"tokenizer\":{\"model\":{\"type\":\"Unigram\"}},\"text\":\"a\",\"ids\":[1]}"

static void expect_status(const char *cases, const char *status) {
    struct check_counts counts;
    char want[64], *text = run(write_fixture(cases, ""), "f32", false, &counts);
    snprintf(want, sizeof(want), "\"case\":\"toy/a\",\"status\":\"%s\"", status);
    EXPECT_HAS(text, want);
    free(text);
}

/* What was right before does not make up for what is wrong or refused behind it. */
TEST(a_list_too_long_a_text_cut_short_and_a_refusal_all_fail) {
    expect_status(CASE("a", "components", "X", PARTS(PART("a b", "[1]"))), "fail");
    expect_status(CASE("a", "components", "X", PARTS(PART("a b", "[1,2,1]"))), "fail");
    expect_status(CASE("a", "components", "X", PARTS(DECODED("a b"))), "fail");
    expect_status(CASE("a", "components", "X", PARTS(DECODED("a b b"))), "fail");
    expect_status(CASE("a", "components", "X", PARTS(PART("a", "[1]") "," UNKNOWN)), "fail");
    expect_status(CASE("a", "components", "X", PARTS(DECODED("a b a"))), "pass");
}
