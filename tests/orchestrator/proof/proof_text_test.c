/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/file.h"
#include "orchestrator/proof/proof.h"
#include "tests/orchestrator/proof/bundle.h"

static const char *write_file(struct arena *arena, const char *name, const struct buf *text) {
    const char *path = arena_printf(arena, "%s/%s", bundle_folder(), name);
    BUNDLE_OK(file_replace(path, text->data, text->len));
    return path;
}

TEST(a_page_is_as_good_as_its_bundle) {
    struct bundle b;
    struct buf json, page, crlf;
    struct proof back;
    char one[HASH_HEX_SIZE], two[HASH_HEX_SIZE];
    bundle_open(&b, bundle_honest);
    buf_init(&json, PROOF_FILE_MAX);
    buf_init(&page, PROOF_FILE_MAX);
    buf_init(&crlf, PROOF_FILE_MAX);
    BUNDLE_OK(proof_write(&json, &b.proof));
    proof_text(&page, &b.proof);
    for (size_t i = 0; i < page.len; i++)
        buf_puts(&crlf, page.data[i] == '\n' ? "\r\n" : (char[]){page.data[i], '\0'});
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.json", &json), one), 0);
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.md", &page), two), 0);
    EXPECT_STR(one, two);
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.md", &crlf), two), 0);
    EXPECT_STR(one, two);
    EXPECT_STR(one, hash_bytes(json.data, json.len, two));
    buf_done(&json);
    buf_done(&page);
    buf_done(&crlf);
    bundle_close(&b);
}

TEST(a_page_says_what_was_proven) {
    static const char *const says[] = {
        "## Mended: rms_norm of cpu, in attn_norm\n",
        "**3 cases failed in 3 of 3 runs without this change, pass in 3 of 3 with it, and failed "
        "in "
        "3 of 3 when it was taken out again.** Regressions: 0 of 1 cases",
        "| `compat/toy/cpu.bf16` | `toy/final_logits` | 3 of 3 failed |   3 of 3 passed |    3 of "
        "3 "
        "failed |\n",
        "| `compat/toy/cpu.f32`  | `toy/attn_norm`    | 3 of 3 failed |",
        "1 file, +1 −1 lines:\n\n- `engine/norm.c`\n",
        "0 of 9 runs failed with the change, which is 0.00 % to 23.76 % ",
        "the role `test-runner` with the driver `bisect-and-revert`",
        "- no model was asked\n",
        "- reviewed: `LAND`\n",
        "noctule verify proof.json",
    };
    struct bundle b;
    struct buf page;
    bundle_open(&b, bundle_honest);
    buf_init(&page, PROOF_FILE_MAX);
    proof_text(&page, &b.proof);
    for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
        (void)test_check(strstr(page.data, says[i]) != NULL, __FILE__, __LINE__,
                         "the page lacks \"%s\"", says[i]);
    buf_done(&page);
    bundle_close(&b);
}

TEST(no_text_of_a_bundle_breaks_its_page) {
    struct bundle b;
    struct buf page;
    bundle_open(&b, bundle_honest);
    buf_init(&page, PROOF_FILE_MAX);
    b.proof.cluster.words = "<script>x</script> @alice #12 [a](javascript:b) \u202egnp.exe";
    b.proof.cluster.message = "# a heading, `code` and | a cell";
    b.cases[0].name = "a`b|c";
    b.proof.receipt = "{\"model\":{\"models\":[{\"name\":\"m`1\",\"requests\":2}]}}";
    proof_text(&page, &b.proof);
    const char *json = strstr(page.data, "```json");
    REQUIRE(json != NULL);
    *strstr(page.data, "```json") = '\0'; /* what the bundle shows, it shows as code */
    EXPECT(!strstr(page.data, "<script>") && strstr(page.data, "\\<script\\>"));
    EXPECT(!strstr(page.data, "@alice") && !strstr(page.data, "#12"));
    EXPECT(strstr(page.data, "\\[a\\](javascript:b)") && !strstr(page.data, "\u202e"));
    EXPECT(strstr(page.data, "\n\\# a heading, \\`code\\` and \\| a cell"));
    EXPECT(strstr(page.data, "| `a'b\\|c` "));
    EXPECT(strstr(page.data, "- model `m'1`: 2 requests"));
    buf_done(&page);
    bundle_close(&b);
}

/* A bundle of many cases, whose names say more the more `noise` is in them. */
static void grow(struct bundle *b, size_t count, size_t size, bool noise) {
    struct proof_case *many = arena_array(&b->arena, count, sizeof(*many));
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        char *name = arena_alloc(&b->arena, size + 1);
        for (size_t k = 0; k < size; k++) {
            state = state * 1664525u + 1013904223u;
            name[k] = (char)(noise ? 'a' + (state >> 24) % 26 : 'x');
        }
        many[i] = b->cases[0];
        many[i].name = name;
        many[i].cell = arena_printf(&b->arena, "s/%06zu/cpu", i);
    }
    b->proof.cases = many;
    b->proof.case_count = count;
    b->proof.cell = many[0].cell;
    b->proof.case_name = many[0].name;
}

TEST(a_long_bundle_is_packed_into_its_page) {
    struct bundle b;
    struct buf json, page;
    struct proof back;
    char one[HASH_HEX_SIZE], two[HASH_HEX_SIZE];
    bundle_open(&b, bundle_honest);
    grow(&b, 4000, 20, false);
    buf_init(&json, PROOF_FILE_MAX);
    buf_init(&page, PROOF_FILE_MAX);
    BUNDLE_OK(proof_write(&json, &b.proof));
    proof_text(&page, &b.proof);
    EXPECT(strstr(page.data, "| `s/000000/cpu` ") && strstr(page.data, "| `s/003840/cpu` "));
    EXPECT(json.len > PROOF_PAGE_MAX && page.len <= PROOF_PAGE_MAX);
    EXPECT(strstr(page.data, "\n```zstd\n") &&
           strstr(page.data, "\nand 3975 more; these are spread"));
    const char *path = write_file(&b.arena, ".git/p.md", &page);
    REQUIRE(proof_load(&back, &b.arena, path, two) == 0);
    EXPECT_INT(back.case_count, 4000);
    EXPECT_STR(hash_bytes(json.data, json.len, one), two);
    char *digit = strstr(page.data, "\n```zstd\n") + 60;
    *digit = *digit == 'A' ? 'B' : 'A';
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.md", &page), two),
               ERR_FORMAT);
    *digit = '*';
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.md", &page), two),
               ERR_FORMAT);
    EXPECT(strstr(err_text(), "p.md: what is packed, blanks aside: no base64 at character ") !=
           NULL);
    buf_done(&json);
    buf_done(&page);
    bundle_close(&b);
}

TEST(a_page_has_a_length) {
    static char name[PROOF_TEXT_MAX];
    struct bundle b;
    struct buf page;
    struct proof back;
    char hex[HASH_HEX_SIZE];
    bundle_open(&b, bundle_honest);
    memset(name, 'x', sizeof(name) - 1);
    grow(&b, 40, PROOF_TEXT_MAX, true);
    b.proof.cluster.message = b.proof.cluster.words = b.proof.scope = name;
    buf_init(&page, PROOF_FILE_MAX);
    proof_text(&page, &b.proof);
    EXPECT(page.len <= PROOF_PAGE_MAX && !page.over);
    EXPECT(strstr(page.data, "\nand 15 more; these are spread"));
    EXPECT(strstr(page.data, "too long for this page"));
    EXPECT_INT(proof_load(&back, &b.arena, write_file(&b.arena, ".git/p.md", &page), hex),
               ERR_FORMAT);
    EXPECT(strstr(err_text(), "holds no proof") != NULL);
    buf_done(&page);
    bundle_close(&b);
}
