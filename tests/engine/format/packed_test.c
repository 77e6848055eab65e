/* SPDX-License-Identifier: Apache-2.0 */
/* Files of packed tensors: what was written comes back, and nothing else does. */
#include "engine/format/packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/pool.h"
#include "tests/test.h"

enum { ROWS = 32, COLS = 64, ITEMS = 4, BYTES = ROWS * COLS / 32 * 34 };

static const char key[HASH_HEX_SIZE] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static uint8_t blocks[BYTES];
static float numbers[COLS];
static struct tensor tensors[ITEMS];
static struct packed_item items[ITEMS];

/* A matrix in panels, another name for it, a vector, and an empty tensor. */
static void make_items(void) {
    static const char *const names[ITEMS] = {"embed", "head", "norm", "nothing"};
    for (size_t i = 0; i < BYTES; i++)
        blocks[i] = (uint8_t)(i * 31 + 7);
    for (int i = 0; i < COLS; i++)
        numbers[i] = (float)i / 3;
    CHECK(tensor_init(&tensors[0], DTYPE_Q8_0, SHAPE(ROWS, COLS)) == 0);
    tensors[0].layout = TENSOR_PANELS;
    tensors[0].data = blocks;
    tensors[1] = tensors[0];
    CHECK(tensor_init(&tensors[2], DTYPE_F32, SHAPE(COLS)) == 0);
    tensors[2].data = numbers;
    CHECK(tensor_init(&tensors[3], DTYPE_F16, SHAPE(0, 3)) == 0);
    tensors[3].data = numbers;
    for (int i = 0; i < ITEMS; i++)
        items[i] = (struct packed_item){names[i], &tensors[i]};
}

static const char *path_in(const char *name) {
    static char path[4200];
    (void)snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
    return path;
}

static const char *write_items(void) {
    const char *path = path_in("weights.packed");
    make_items();
    (void)test_check(packed_write(path, key, items, ITEMS, NULL) == 0, __FILE__, __LINE__, "%s",
                     err_text());
    return path;
}

static bool is_same(const struct packed *p, const struct packed_item *item) {
    struct tensor t;
    return packed_find(p, item->name, &t) && t.dtype == item->tensor->dtype &&
           t.layout == item->tensor->layout && tensor_same_shape(&t, item->tensor) &&
           (uintptr_t)t.data % 64 == 0 && memcmp(t.data, item->tensor->data, tensor_size(&t)) == 0;
}

TEST(what_was_written_comes_back) {
    struct packed *p = NULL;
    struct pool *pool = NULL;
    struct tensor embed, head, none;
    REQUIRE(pool_new(&pool, 3) == 0);
    REQUIRE(packed_open(&p, write_items(), key, pool) == 0);
    EXPECT_INT(packed_count(p), ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        EXPECT(is_same(p, &items[i]));
        EXPECT_STR(packed_name(p, (size_t)i), items[i].name);
    }
    REQUIRE(packed_find(p, "embed", &embed) && packed_find(p, "head", &head));
    EXPECT(embed.data == head.data); /* written once */
    EXPECT(!packed_find(p, "embe", &none));
    packed_close(p);
    pool_free(pool);
}

TEST(another_key_is_told_from_damage) {
    char other[HASH_HEX_SIZE];
    struct packed *p = NULL;
    memcpy(other, key, sizeof(other));
    other[63] = '0';
    EXPECT_INT(packed_open(&p, write_items(), other, NULL), ERR_ARG);
    EXPECT_INT(packed_open(&p, path_in("no such file"), key, NULL), ERR_NOTFOUND);
    EXPECT(!p);
}

/* The bytes in front of a file's, so that what is cut off ends where nothing may be read. */
static uint8_t *copy_of(const struct file *f) {
    uint8_t *bytes = aligned_alloc(64, (f->size + 63) / 64 * 64);
    CHECK(bytes);
    memcpy(bytes, f->data, f->size);
    return bytes;
}

TEST(no_bit_may_fall_over) {
    struct file f;
    REQUIRE(file_map(&f, write_items()) == 0);
    uint8_t *bytes = copy_of(&f);
    size_t passed = 0;
    for (size_t i = 0; i < f.size; i++) {
        struct packed *p = NULL;
        bytes[i] ^= (uint8_t)(1u << i % 8);
        int rc = packed_parse(&p, bytes, f.size, "flipped", key, NULL);
        bytes[i] ^= (uint8_t)(1u << i % 8);
        EXPECT(rc < 0 || (size_t)i >= f.size - 64); /* padding behind the last tensor */
        for (int k = 0; rc == 0 && k < ITEMS; k++)
            EXPECT(is_same(p, &items[k]));
        passed += rc == 0;
        packed_close(p);
    }
    EXPECT(passed < 64);
    free(bytes);
    file_done(&f);
}

TEST(no_byte_may_be_missing_or_too_much) {
    struct file f;
    REQUIRE(file_map(&f, write_items()) == 0);
    for (size_t size = 0; size < f.size; size += size < 200 || size > f.size - 200 ? 1 : 61) {
        struct packed *p = NULL;
        uint8_t *bytes = aligned_alloc(64, (size + 64) / 64 * 64);
        REQUIRE(bytes != NULL);
        memcpy(bytes, f.data, size);
        EXPECT_INT(packed_parse(&p, bytes, size, "cut", key, NULL), ERR_FORMAT);
        free(bytes);
    }
    uint8_t *longer = aligned_alloc(64, f.size + 64);
    struct packed *p = NULL;
    REQUIRE(longer != NULL);
    memcpy(longer, f.data, f.size);
    EXPECT_INT(packed_parse(&p, longer, f.size + 1, "longer", key, NULL), ERR_FORMAT);
    free(longer);
    file_done(&f);
}

TEST(a_file_that_others_may_write_is_not_believed) {
    struct packed *p = NULL;
    const char *path = write_items();
    REQUIRE(chmod(path, 0620) == 0);
    EXPECT_INT(packed_open(&p, path, key, NULL), ERR_FORMAT);
    EXPECT_HAS(err_text(), "others may write it");
    REQUIRE(chmod(path, 0640) == 0);
    EXPECT_INT(packed_open(&p, path, key, NULL), 0);
    packed_close(p);
}

TEST(what_cannot_be_written_leaves_nothing_behind) {
    make_items();
    const struct packed_item twice[] = {items[0], items[0]};
    EXPECT_INT(packed_write(path_in("twice"), key, twice, 2, NULL), ERR_ARG);
    EXPECT(!file_exists(path_in("twice")));
    EXPECT_INT(packed_write(path_in("no/folder"), key, items, ITEMS, NULL), ERR_IO);
    EXPECT_INT(packed_write("/dev/full/x", key, items, ITEMS, NULL), ERR_IO);
}
