/* SPDX-License-Identifier: Apache-2.0 */
/* SentencePiece vocabularies in GGUF files (scripts/fixtures/sentencepiece_vocabularies.py): ids
 * and texts are those of HF's tokenizer of the same model. */
#include "engine/run/gguf_load.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/format/gguf.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

enum { IDS_MAX = 4096, FILE_MAX = 1 << 26 };

static const char *path_of(const char *name, const char *suffix) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/spm.%s.%s", SOURCE_DIR, name,
                   suffix);
    return path;
}

static int load(struct tokenizer **out, const char *name) {
    struct gguf *g = NULL;
    int rc = gguf_open(&g, path_of(name, "gguf"), GGUF_MAP);
    if (rc == 0)
        rc = gguf_load_tokenizer(out, g);
    gguf_close(g);
    return rc;
}

static size_t read_ids(struct json list, int32_t *out) {
    size_t len = 0;
    int64_t id = 0;
    for (struct json v = json_first(list); v.node; v = json_next(v)) {
        CHECK(len < IDS_MAX && json_as_int(v, 0, INT32_MAX, &id) == 0);
        out[len++] = (int32_t)id;
    }
    return len;
}

static void compare(const char *name, const struct tokenizer *t, struct json row) {
    static int32_t ids[IDS_MAX];
    struct encoding e = {0};
    struct buf back;
    const char *text = NULL, *decoded = NULL;
    size_t len = 0, decoded_len = 0, count = read_ids(json_member(row, "ids"), ids);
    buf_init(&back, FILE_MAX);
    CHECK(json_as_strn(json_member(row, "text"), &text, &len) == 0);
    CHECK(json_as_strn(json_member(row, "decoded"), &decoded, &decoded_len) == 0);
    int rc = tokenizer_encode(t, &e, text, len, ENCODE_SPECIAL);
    (void)test_check(rc == 0 && e.len == count && memcmp(e.ids, ids, count * sizeof(*ids)) == 0,
                     __FILE__, __LINE__, "%s: \"%s\": other ids", name, text);
    rc = tokenizer_decode(t, &back, ids, count, 0);
    (void)test_check(
        rc == 0 && back.len == decoded_len && memcmp(back.data, decoded, decoded_len) == 0,
        __FILE__, __LINE__, "%s: \"%s\" comes back as \"%s\"", name, decoded, back.data);
    encoding_done(&e);
    buf_done(&back);
}

static void compare_all(const char *name) {
    struct tokenizer *t = NULL;
    struct json_doc *doc = NULL;
    bool loaded = test_check(load(&t, name) == 0, __FILE__, __LINE__, "%s: %s", name, err_text());
    REQUIRE(loaded && json_load(&doc, path_of(name, "json"), FILE_MAX, 0) == 0);
    struct json rows = json_root(doc);
    EXPECT(json_len(rows) > 100);
    for (struct json row = json_first(rows); row.node; row = json_next(row))
        compare(name, t, row);
    json_free(doc);
    tokenizer_close(t);
}

TEST(what_no_piece_spells_is_bytes) {
    compare_all("bytes");
}

TEST(what_no_piece_spells_is_unknown) {
    compare_all("unknown");
}

TEST(superfluous_spaces_are_removed) {
    compare_all("trimmed");
}

/* What llama.cpp makes of the texts, not HF. */
TEST(a_table_of_characters_and_the_scores_of_a_whole_text_count) {
    compare_all("unigram");
}
