/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/cause.h"

#include <string.h>

#include "engine/base/arena.h"
#include "tests/test.h"

static struct arena arena;
static struct cause *causes;
static struct cause_link *links;
static size_t count;

/* Cells are numbered in the order of the list. */
static void find(struct cluster_failure *list, size_t len) {
    int64_t cell = 1;
    for (size_t i = 0; i < len; i++) {
        struct cluster_failure *f = &list[i];
        const char **texts[] = {&f->type,  &f->message, &f->class,  &f->template, &f->kind,
                                &f->stage, &f->op,      &f->kernel, &f->said};
        for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++)
            *texts[k] = *texts[k] ? *texts[k] : "";
        cell += i && strcmp(f->cell_name, list[i - 1].cell_name) != 0;
        f->cell = cell;
    }
    arena_done(&arena);
    arena_init(&arena, 0);
    cause_find(&arena, list, len, &causes, &count, &links);
}

#define LEN(list) (sizeof(list) / sizeof(*(list)))
#define CASE(cell, name, word, ...) \
    { .cell_name = (cell), .case_name = (name), .verdict = (word), .type = (name) + 1, __VA_ARGS__ }
#define KERNEL(name, of) .kind = "kernel", .kernel = (name), .op = (of)

TEST(what_is_put_together_wrong_is_one_cause_whichever_stage_or_op_shows_it) {
    struct cluster_failure list[] = {
        CASE("bert/cpu", "a", "fail", .kind = "graph", .stage = "qkv_bias", .op = "add"),
        CASE("llama/cpu", "b", "fail", .kind = "graph", .stage = "qkv_matmul", .op = "matmul"),
        CASE("llama/cpu", "c", "fail", .kind = "params", .stage = "qkv_matmul", .op = "matmul"),
        CASE("qwen3/cpu", "d", "fail", .kind = "graph", .stage = "ffn_norm", .op = "rms_norm"),
        CASE("qwen3/cpu", "e", "fail", .kind = "graph", .stage = "q_rope", .op = "positions"),
        CASE("qwen3/cpu", "f", "fail", .kind = "graph", .stage = "embedding", .op = "positions"),
    };
    find(list, LEN(list));
    REQUIRE(count == 3);
    EXPECT_STR(causes[0].words, "graph: qkv");
    EXPECT_INT(causes[0].cases, 3);
    EXPECT_INT(causes[links[4].cause].cases, 2);
    EXPECT_STR(causes[links[4].cause].words, "graph: positions");
    EXPECT_STR(causes[links[3].cause].words, "graph: ffn_norm");
}

TEST(kernels_of_one_helper_and_weights_of_one_loader_are_one) {
    struct cluster_failure list[] = {
        CASE("a/cpu", "a", "fail", KERNEL("cpu.attn_scores", "attn_scores"), .size = 8,
             .stage = "attn_softmax"),
        CASE("a/cpu", "b", "fail", KERNEL("cpu.attention", "attention"), .size = 9),
        CASE("a/cpu", "c", "fail", KERNEL("cpu.attention", "attention"), .size = 10,
             .stage = "attention"),
        CASE("b/cpu", "d", "fail", .kind = "weight", .stage = "final_norm", .op = "rms_norm"),
        CASE("b/cpu", "e", "fail", .kind = "weight", .stage = "embedding", .op = "layer_norm"),
        CASE("b/native", "f", "fail", KERNEL("cpu-native.plain.attn_scores", "attn_scores")),
    };
    find(list, LEN(list));
    REQUIRE(count == 3);
    EXPECT_INT(causes[0].cases, 3);
    EXPECT_INT(causes[0].primary, 2); /* it names a stage */
    EXPECT_STR(causes[0].words, "kernel cpu.attention");
    EXPECT_INT(causes[1].cases, 2);
}

TEST(products_by_one_matrix_or_several_are_one_and_by_other_helpers_are_not) {
    struct cluster_failure list[] = {
        CASE("a/x", "a", "fail", KERNEL("n.avx2.matmuls_q8", "matmuls"), .stage = "qkv_matmul"),
        CASE("a/x", "b", "fail", KERNEL("n.avx2.gated_q8", "gated"), .stage = "ffn_gated"),
        CASE("a/x", "c", "fail", KERNEL("n.avx512.matmul_q8", "matmul"), .stage = "ffn_out"),
        CASE("b/x", "d", "fail", KERNEL("n.avx2.matmuls", "matmuls")),
        CASE("b/x", "e", "fail", KERNEL("n.avx2.gatedx", "gated")),
    };
    find(list, LEN(list));
    REQUIRE(count == 3);
    EXPECT_STR(causes[0].words, "kernel n.matmul_q8 (avx2, avx512)");
    EXPECT_INT(causes[0].cases, 3);
    EXPECT_INT(causes[0].primary, 2); /* what its kin are called by */
    EXPECT_INT(causes[links[3].cause].cases, 1);
    EXPECT_INT(causes[links[4].cause].cases, 1);
}

#define ALONE(dtype) .said = "it is wrong with weights of " dtype " alone: on the inputs it had"

TEST(an_op_that_is_wrong_with_a_dtype_alone_goes_with_what_reads_that) {
    struct cluster_failure list[] = {
        CASE("a/x", "a", "fail", KERNEL("cpu.read_f16", "read"), .stage = "attn_norm"),
        CASE("b/x", "b", "fail", KERNEL("cpu.matmul", "matmul"), ALONE("f16")),
        CASE("c/x", "c", "fail", KERNEL("n.avx2.matmul", "matmul"), ALONE("f16")),
        CASE("d/x", "d", "fail", KERNEL("cpu.rms_norm", "rms_norm"), ALONE("bf16")),
        CASE("e/x", "e", "fail", KERNEL("cpu.rope", "rope"), ALONE("f16")),
        CASE("f/x", "f", "fail", KERNEL("cpu.rope", "rope"), .said = "it is wrong anyhow"),
    };
    find(list, LEN(list));
    REQUIRE(count == 4);
    EXPECT_INT(links[0].cause, links[1].cause);
    EXPECT_STR(causes[links[1].cause].words, "kernel cpu.read_f16");
    for (size_t i = 2; i < LEN(list); i++)
        EXPECT(links[i].cause != links[0].cause);
}

#define DEFINED(op) .said = op " of large numbers wrong: by its definition it is something else"

TEST(an_op_that_its_definition_contradicts_says_nothing_of_other_dtypes) {
    struct cluster_failure list[] = {
        CASE("a/x", "a", "fail", KERNEL("cpu.read_f16", "read"), .stage = "attn_norm"),
        CASE("b/x", "b", "fail", KERNEL("cpu.matmul", "matmul"), DEFINED("matmul")),
        CASE("b/x", "c", "fail", KERNEL("cpu.matmul", "matmul"), ALONE("f16")),
        CASE("b/x", "d", "fail", KERNEL("cpu.rope", "rope"), DEFINED("rope")),
    };
    find(list, LEN(list));
    REQUIRE(count == 2);
    EXPECT_INT(links[1].cause, links[0].cause);
    EXPECT_INT(links[2].cause, links[0].cause);
    EXPECT(links[3].cause != links[0].cause);
}

#define STANDS_ON(name) .said = name ", which it stands on, fails too: logits are off"

TEST(a_case_goes_with_the_one_of_its_cell_that_it_stands_on) {
    struct cluster_failure list[] = {
        CASE("a/x", "m/low", "fail", .kind = "params", .op = "rope"),
        CASE("a/x", "m/top", "fail", .kind = "loading", .op = "file", STANDS_ON("m/mid")),
        CASE("a/x", "m/mid", "fail", .kind = "graph", .stage = "heads", STANDS_ON("m/low")),
        CASE("a/x", "m/lone", "fail", .kind = "graph", .op = "x", STANDS_ON("m/lo")),
        CASE("b/x", "m/far", "fail", .kind = "graph", .op = "y", STANDS_ON("m/low")),
        CASE("c/x", "m/one", "fail", .kind = "graph", .op = "one", STANDS_ON("m/two")),
        CASE("c/x", "m/two", "fail", .kind = "graph", .op = "two", STANDS_ON("m/one")),
    };
    find(list, LEN(list));
    REQUIRE(count == 5);
    EXPECT_INT(causes[0].cases, 3);
    EXPECT_INT(causes[0].primary, 0); /* it speaks for itself */
    EXPECT_STR(causes[0].words, "params: rope");
    for (size_t i = 0; i < LEN(list); i++)
        EXPECT((links[i].cause == 0) == (i < 3));
    EXPECT(links[5].cause != links[6].cause); /* in circles, each by its own words */
}

TEST(an_op_goes_with_what_all_of_its_backend_have_in_common) {
    struct cluster_failure list[] = {
        CASE("a/x", "a", "fail", KERNEL("n.avx2.common", "common"), .stage = "attn_norm"),
        CASE("b/x", "b", "fail", KERNEL("n.avx512.matmul", "matmul")),
        CASE("c/x", "c", "fail", KERNEL("cpu.matmul", "matmul")),
        CASE("d/x", "d", "fail", .kind = "graph", .op = "common"),
    };
    find(list, LEN(list));
    REQUIRE(count == 3);
    EXPECT_INT(links[0].cause, links[1].cause);
    EXPECT(links[2].cause != links[0].cause && links[3].cause != links[0].cause);
}

TEST(a_pass_that_is_wrong_goes_with_the_one_cause_that_says_more_of_the_graph) {
    struct cluster_failure list[] = {
        CASE("a/x", "a", "fail", .kind = "graph", .op = "network"),
        CASE("b/x", "b", "fail", .kind = "graph", .op = "heads"),
        CASE("c/x", "c", "fail", KERNEL("cpu.matmul", "matmul")),
    };
    find(list, 2);
    REQUIRE(count == 1);
    EXPECT_STR(causes[0].words, "graph: heads");
    find(list, LEN(list)); /* of which of two it would be is not known */
    REQUIRE(count == 3);
}

TEST(an_error_goes_with_one_explained_there_that_reads_alike) {
    struct cluster_failure list[] = {
        CASE("a/x", "a1", "error", .kind = "loading", .op = "safetensors",
             .template = "error|||r|1|f.safetensors: a hole"),
        CASE("a/x", "b2", "error", .template = "error|||r|2|f.safetensors: a hole"),
        CASE("a/x", "c3", "error", .template = "error|||r|3|something else"),
        CASE("b/x", "d4", "error", .template = "error|||r|4|f.safetensors: a hole"),
        CASE("b/x", "e5", "fail", .kind = "loading", .op = "safetensors"),
        CASE("c/x", "f6", "fail", .kind = "loading", .op = "weights"),
        CASE("c/x", "g7", "fail", .kind = "weight", .stage = "attn_out"),
    };
    find(list, LEN(list));
    REQUIRE(count == 4);
    EXPECT_INT(links[1].cause, links[0].cause);
    EXPECT_STR(links[1].how, "cell");
    EXPECT_INT(links[4].cause, links[0].cause);
    EXPECT_STR(links[2].how, "signature");
    EXPECT_STR(links[3].how, "signature");
    EXPECT_INT(links[5].cause, links[6].cause); /* one piece of code puts weights in their place */
}

TEST(one_kernel_is_one_cause_in_all_levels_families_dtypes_and_ops) {
    struct cluster_failure list[] = {
        CASE("q/avx2/bf16", "a", "numerics", KERNEL("n.avx2.norm", "norm"), .size = 90),
        CASE("q/avx2/bf16", "b", "fail", KERNEL("n.avx2.norm", "norm_mul"), .size = 70),
        CASE("q/avx512/f32", "a", "numerics", KERNEL("n.avx512.norm", "norm"), .size = 30),
        CASE("r/avx2/f32", "z", "fail", KERNEL("n.avx2.norm", "norm"), .size = 0),
    };
    find(list, LEN(list));
    REQUIRE(count == 1);
    EXPECT_STR(causes[0].words, "kernel n.norm (avx2, avx512)");
    EXPECT_INT(causes[0].cases, 4);
    EXPECT_INT(causes[0].cells, 3);
    EXPECT_INT(causes[0].primary, 2); /* fewest elements; 0 is not known */
    char before[SIGNATURE_SIZE];
    memcpy(before, causes[0].hash, sizeof(before));
    find(list, 1); /* however far it reaches */
    EXPECT_STR(causes[0].hash, before);
    arena_done(&arena);
}

TEST(two_kernels_are_two_causes_and_each_takes_what_was_not_explained) {
    struct cluster_failure list[] = {
        CASE("q/f32", "a1", "numerics", KERNEL("n.norm", "norm")),
        CASE("q/f32", "b1", "numerics", KERNEL("n.norm", "norm")),
        CASE("q/f32", "c2", "numerics", KERNEL("n.rope", "rope")),
        CASE("q/f32", "d2", "fail", .template = "fail|x|y|z|t|w"),     /* type 2: rope */
        CASE("q/f32", "e9", "numerics", .kind = "unknown"),            /* most are norm */
        CASE("q/f32", "f2", "crash", .template = "crash|c|l||t|boom"), /* not explained by either */
        CASE("r/f32", "c2", "numerics", .template = "numerics|n|l||t|k over"), /* as in q */
        CASE("r/f32", "g7", "numerics", .template = "numerics|n|l||t|k over"), /* own */
    };
    find(list, LEN(list));
    REQUIRE(count == 4);
    EXPECT_STR(causes[links[0].cause].words, "kernel n.norm");
    EXPECT_STR(causes[links[2].cause].words, "kernel n.rope");
    EXPECT_INT(links[3].cause, links[2].cause);
    EXPECT_STR(links[3].how, "cell");
    EXPECT_INT(links[4].cause, links[0].cause);
    EXPECT_STR(links[5].how, "signature");
    EXPECT_INT(links[6].cause, links[2].cause);
    EXPECT_STR(links[6].how, "case");
    EXPECT_STR(links[7].how, "signature");
    EXPECT(links[7].cause != links[5].cause);
    arena_done(&arena);
}

TEST(a_kernel_that_nothing_proves_wrong_is_not_blamed_beside_its_proven_sister) {
    static const char proof[] = "cpu.x gives something else, with which the case passes";
    struct cluster_failure list[] = {
        CASE("c/native", "a", "numerics", KERNEL("cpu-native.avx2.rms_norm", "rms_norm"),
             .said = proof),
        CASE("p/native", "b", "numerics", KERNEL("cpu.rms_norm", "rms_norm")),
        CASE("p/native", "c", "numerics", KERNEL("cpu.rms_norm", "rms_norm")),
        CASE("q/native", "d", "numerics", KERNEL("cpu.softmax", "softmax")),
        CASE("r/native", "e", "numerics", KERNEL("cpu-native.gelu", "gelu"), .said = proof),
        CASE("r/cpu", "f", "numerics", KERNEL("cpu.gelu", "gelu"), .said = proof),
    };
    find(list, LEN(list));
    REQUIRE(count == 4);
    EXPECT_STR(causes[0].words, "kernel cpu-native.rms_norm (avx2)");
    EXPECT_INT(causes[0].cases, 3);
    EXPECT_INT(causes[0].primary, 0);
    EXPECT(links[4].cause != links[5].cause);
}

TEST(a_case_that_two_cells_explain_otherwise_goes_by_its_own_words) {
    struct cluster_failure list[] = {
        CASE("p", "a", "numerics", KERNEL("cpu.norm", "norm")),
        CASE("q", "a", "numerics", KERNEL("n.rope", "rope")),
        CASE("r", "a", "numerics", .message = "off"),
    };
    find(list, LEN(list));
    EXPECT_INT(count, 3);
    EXPECT_STR(links[2].how, "signature");
    arena_done(&arena);
}

TEST(two_views_of_a_fault_in_shared_code_are_one_and_two_kernels_are_not) {
    struct cluster_failure list[] = {
        CASE("p", "a", "numerics", .kind = "graph", .op = "rope"),
        CASE("p", "b", "numerics", .kind = "params", .op = "rope"),
        CASE("q", "a", "numerics", .kind = "params", .op = "rope"),
        CASE("q", "k", "numerics", KERNEL("n.a", "a")),
        CASE("r", "k", "numerics", KERNEL("n.b", "b")),
        CASE("s", "t", "fail", .kind = "tokenizer", .said = "word 17 is not \"x\""),
        CASE("t", "u", "fail", .kind = "tokenizer", .said = "word 3 is not \"x\""),
    };
    find(list, LEN(list));
    EXPECT_INT(count, 4);
    EXPECT_INT(links[0].cause, links[1].cause);
    EXPECT_STR(causes[links[0].cause].words, "params: rope"); /* two cases against one */
    EXPECT_INT(causes[links[0].cause].primary, 1);            /* and its example says so */
    EXPECT_INT(links[5].cause, links[6].cause);
    arena_done(&arena);
}

TEST(without_a_diagnosis_neither_type_nor_distance_nor_numbers_part_a_cause) {
    struct cluster_failure list[] = {
        CASE("p", "a", "numerics", .template = "numerics|n|code||x|logits within 10x"),
        CASE("p", "b", "numerics", .template = "numerics|n|code||y|logits over 1e6x"),
        CASE("p", "c", "numerics", .template = "numerics|n|code||y|norm over 1e6x"),
        CASE("p", "d", "error", .message = "cannot read 12 bytes"),
        CASE("q", "d", "error", .message = "cannot read 99 bytes"),
    };
    find(list, LEN(list));
    EXPECT_INT(count, 3);
    EXPECT_INT(links[0].cause, links[1].cause);
    EXPECT_INT(links[3].cause, links[4].cause);
    EXPECT_INT(causes[0].cases, 2);
    EXPECT_STR(causes[links[3].cause].words, "cannot read 12 bytes");
    arena_done(&arena);
}

TEST(no_failure_is_no_cause) {
    struct cluster_failure list[] = {CASE("p", "a", "fail", .message = "m")};
    find(list, 0);
    EXPECT_INT(count, 0);
    arena_done(&arena);
}

TEST(long_words_keep_their_beginning_and_whole_characters) {
    static char message[64 << 10], said[300];
    struct cluster_failure list[] = {
        CASE("p", "a", "fail", .message = message),
        CASE("q", "b", "fail", .kind = "tokenizer", .said = said),
    };
    memset(message, 'm', sizeof(message) - 1);
    memset(said, 's', sizeof(said) - 1);
    memcpy(message + 154, "äöü", strlen("äöü"));
    find(list, LEN(list));
    REQUIRE(count == 2);
    const char *words = causes[links[0].cause].words;
    EXPECT_INT(strlen(words), 159);
    EXPECT_STR(words + 150, "mmmmä…");
    words = causes[links[1].cause].words;
    EXPECT_INT(strlen(words), 160);
    EXPECT_HAS(words, "tokenizer: sss");
    EXPECT_STR(words + 155, "ss…");
    message[160] = '\0';
    find(list, 1);
    EXPECT_STR(causes[0].words, message);
    arena_done(&arena);
}
