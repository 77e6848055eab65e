/* SPDX-License-Identifier: Apache-2.0 */
/* A good file with one number of its header changed: it is refused by a sentence that names the
 * file, or it is a model that computes something. */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

enum { FLIPS_APART = 13, PATH_ROOM = 512 };

struct good {
    char *bytes;
    size_t size, header; /* the header is what comes before the tensors' bytes */
};

static const char *damaged(void) {
    static char path[PATH_ROOM];
    if (path[0] == 0)
        (void)snprintf(path, sizeof(path), "%s/damaged.gguf", test_folder());
    return path;
}

static void load(struct good *g) {
    char path[PATH_ROOM];
    struct file f;
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/blocks.q4_0.gguf", SOURCE_DIR);
    CHECK(file_read(&f, path, SIZE_MAX) == 0);
    g->bytes = xcalloc(1, f.size);
    g->size = f.size;
    memcpy(g->bytes, f.data, f.size);
    g->header = 0;
    for (size_t i = 0; i + 12 < f.size; i++) /* the last name of a tensor, and what describes it */
        if (memcmp(f.data + i, "norm.weight", 11) == 0)
            g->header = i + 64;
    CHECK(g->header > 0 && g->header < g->size);
    file_done(&f);
}

/* The place of the value behind a key. */
static char *value_of(const struct good *g, const char *key) {
    size_t len = strlen(key);
    for (size_t i = 0; i + len + 8 < g->size; i++)
        if (memcmp(g->bytes + i, key, len) == 0)
            return g->bytes + i + len + 4;
    CHECK(false);
    return NULL;
}

/* Opens the file and, when it opens, computes one step. */
static int try_file(const struct good *g) {
    static const struct engine_options plain = {.backend = "cpu", .threads = 1};
    static const int32_t ids[] = {3, 5, 7};
    struct engine *e = NULL;
    struct engine_session *s = NULL;
    FILE *f = fopen(damaged(), "wb"); /* file_replace() would wait for the disk each time */
    CHECK(f && fwrite(g->bytes, 1, g->size, f) == g->size && fclose(f) == 0);
    int rc = engine_open(&e, damaged(), &plain);
    if (rc == 0)
        rc = engine_session_open(&s, e, NULL);
    if (rc == 0)
        rc = (int)engine_session_sync(s, ids, 3);
    engine_session_close(s);
    engine_close(e);
    return rc;
}

/* The formatter scrambles a table whose rows differ in length. */
/* clang-format off */
static const struct {
    const char *key;
    uint32_t value;
    const char *says;
} rows[] = {
    {"qwen2.block_count", 0, "qwen2.block_count"},
    {"qwen2.block_count", 2, "blk.1."}, /* #25821 and #26051: more layers than there are */
    {"qwen2.block_count", 4096, "4096"},
    {"qwen2.block_count", UINT32_MAX, "qwen2.block_count"},
    {"qwen2.embedding_length", 0, "qwen2.embedding_length"},
    {"qwen2.embedding_length", 128, "damaged.gguf"},
    {"qwen2.embedding_length", UINT32_MAX, "qwen2.embedding_length"},
    {"qwen2.feed_forward_length", 96, "damaged.gguf"},
    {"qwen2.attention.head_count", 0, "qwen2.attention.head_count"},
    {"qwen2.attention.head_count", 64, "damaged.gguf"},
    {"qwen2.attention.head_count_kv", 2, "damaged.gguf"},
    {"qwen2.context_length", 0, "qwen2.context_length"},
};
/* clang-format on */

TEST(numbers_that_the_tensors_do_not_have_are_refused) {
    struct good g;
    load(&g);
    EXPECT_INT(try_file(&g), 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *at = value_of(&g, rows[i].key), old[4];
        memcpy(old, at, 4);
        memcpy(at, &rows[i].value, 4);
        int rc = try_file(&g);
        memcpy(at, old, 4);
        (void)test_check(rc < 0 && strstr(err_text(), rows[i].says), __FILE__, __LINE__,
                         "%s = %u: %d, \"%s\"", rows[i].key, rows[i].value, rc, err_text());
    }
    free(g.bytes);
}

TEST(a_flipped_bit_of_the_header_is_refused_or_still_a_model) {
    struct good g;
    int refused = 0, computed = 0;
    load(&g);
    for (size_t bit = 0; bit < 8 * g.header; bit += FLIPS_APART) {
        g.bytes[bit / 8] = (char)(g.bytes[bit / 8] ^ 1 << bit % 8);
        int rc = try_file(&g);
        g.bytes[bit / 8] = (char)(g.bytes[bit / 8] ^ 1 << bit % 8);
        refused += rc < 0;
        computed += rc == 3;
        (void)test_check(rc < 0 ? err_text()[0] != 0 : rc == 3, __FILE__, __LINE__, "bit %zu: %d",
                         bit, rc);
    }
    EXPECT(refused > 200 && computed > 20);
    free(g.bytes);
}
