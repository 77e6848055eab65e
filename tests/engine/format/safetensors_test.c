/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/safetensors.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/safetensors_writer.h"
#include "tests/test.h"

static const char *path_of(const char *name) {
    static struct buf b;
    static const char *root;
    if (!root) {
        root = test_folder();
        buf_init(&b, 4096);
    }
    return file_join(&b, root, name);
}

/* header, then data, into a file of the test folder. */
static const char *put(const char *name, const char *header, const void *data, size_t size) {
    struct buf b;
    size_t len = strlen(header);
    buf_init(&b, 1 << 16);
    for (int i = 0; i < 8; i++)
        buf_putc(&b, (char)(len >> (8 * i)));
    buf_puts(&b, header);
    buf_add(&b, data, size);
    const char *path = path_of(name);
    CHECK(file_replace(path, b.data, b.len) == 0);
    buf_done(&b);
    return path;
}

/* 3 bytes, then two floats that cannot be aligned in the file. */
static const char odd_header[] =
    "{\"__metadata__\":{\"format\":\"pt\",\"by\":\"hand\"},"
    "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]},"
    "\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[3,11]}}";

static const char *put_odd(void) {
    static const float values[2] = {1.5f, -2.25f};
    uint8_t data[11] = {1, 0, 1};
    memcpy(data + 3, values, sizeof(values));
    return put("odd.safetensors", odd_header, data, sizeof(data));
}

static void expect_odd(const char *path, int flags) {
    struct safetensors *st = NULL;
    struct tensor t;
    REQUIRE(safetensors_open(&st, path, flags) == 0);
    EXPECT_INT(safetensors_count(st), 2);
    EXPECT_INT(safetensors_bytes(st), 11);
    EXPECT_STR(safetensors_at(st, 0)->name, "mask");
    EXPECT_STR(safetensors_at(st, 1)->type->name, "F32");
    EXPECT(safetensors_find(st, "none") == NULL);
    EXPECT_INT(safetensors_get(st, "w", &t), 0);
    EXPECT_INT(t.dtype, DTYPE_F32);
    EXPECT_INT(t.rank, 2);
    EXPECT_INT(t.shape[0], 2);
    EXPECT_INT(t.shape[1], 1);
    EXPECT_INT((uintptr_t)t.data % sizeof(float), 0);
    EXPECT(((const float *)t.data)[0] == 1.5f && ((const float *)t.data)[1] == -2.25f);
    struct tensor again;
    EXPECT_INT(safetensors_get(st, "w", &again), 0);
    EXPECT(again.data == t.data);
    safetensors_close(st);
}

TEST(mapped_and_read_files_give_the_same_values_also_from_unaligned_bytes) {
    const char *path = put_odd();
    expect_odd(path, SAFETENSORS_MAP);
    expect_odd(path, SAFETENSORS_READ);
}

TEST(metadata_is_strings_by_key) {
    struct safetensors *st = NULL;
    const char *key, *value;
    REQUIRE(safetensors_open(&st, put_odd(), 0) == 0);
    EXPECT_INT(safetensors_metadata_count(st), 2);
    EXPECT_STR(safetensors_metadata(st, "by"), "hand");
    EXPECT(safetensors_metadata(st, "none") == NULL);
    safetensors_metadata_at(st, 0, &key, &value);
    EXPECT_STR(key, "format");
    EXPECT_STR(value, "pt");
    safetensors_close(st);
}

TEST(a_tensor_that_is_not_there_is_named) {
    struct safetensors *st = NULL;
    struct tensor t;
    REQUIRE(safetensors_open(&st, put_odd(), 0) == 0);
    EXPECT_INT(safetensors_get(st, "lost.weight", &t), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "odd.safetensors");
    EXPECT_HAS(err_text(), "lost.weight");
    safetensors_close(st);
}

TEST(a_bool_byte_of_two_is_refused_with_its_offset) {
    struct safetensors *st = NULL;
    struct tensor t;
    static const uint8_t data[3] = {1, 0, 2};
    const char header[] = "{\"m\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]}}";
    REQUIRE(safetensors_open(&st, put("bool.safetensors", header, data, 3), 0) == 0);
    EXPECT_INT(safetensors_get(st, "m", &t), ERR_FORMAT);
    char offset[64];
    snprintf(offset, sizeof(offset), "offset %zu", 8 + strlen(header) + 2);
    EXPECT_HAS(err_text(), offset);
    safetensors_close(st);
}

/* Eight elements fill whole bytes in every one of the types. */
TEST(every_type_of_the_format_opens_and_only_those_the_engine_holds_are_handed_out) {
    int held = 0;
    for (size_t i = 0; i < SAFETENSORS_TYPE_COUNT; i++) {
        const struct safetensors_type *type = safetensors_type_at(i);
        struct safetensors *st = NULL;
        struct tensor t;
        char header[160];
        uint8_t data[64] = {0};
        EXPECT(safetensors_type_find(type->name) == type);
        snprintf(header, sizeof(header),
                 "{\"a\":{\"dtype\":\"%s\",\"shape\":[8],\"data_offsets\":[0,%d]}}", type->name,
                 type->bits);
        REQUIRE(safetensors_open(&st, put("t.safetensors", header, data, (size_t)type->bits), 0) ==
                0);
        int rc = safetensors_get(st, "a", &t);
        EXPECT_INT(rc, type->held ? 0 : ERR_UNSUPPORTED);
        if (rc < 0)
            EXPECT_HAS(err_text(), type->name);
        else
            EXPECT_INT(tensor_size(&t), type->bits);
        held += type->held;
        safetensors_close(st);
    }
    EXPECT_INT(held, 13);
}

TEST(a_missing_file_is_not_found_and_a_folder_is_no_file) {
    struct safetensors *st = NULL;
    EXPECT_INT(safetensors_open(&st, path_of("nowhere"), 0), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "nowhere");
    EXPECT(safetensors_open(&st, test_folder(), 0) < 0);
    EXPECT(st == NULL);
}

static struct tensor tensor_over(enum dtype dtype, int rank, const int64_t *shape, void *data) {
    struct tensor t;
    CHECK(tensor_init(&t, dtype, rank, shape) == 0);
    t.data = data;
    return t;
}

/* The bytes the reference writer (safetensors 0.6) gives for the same three tensors. */
static const char canonical[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
    "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
    "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]},"
    "\"flag\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[28,29]}}";

TEST(a_written_file_is_ordered_padded_and_the_same_as_the_references) {
    float square[4] = {1, 2, 3, 4}, one[1] = {5};
    int64_t ids[1] = {7};
    uint8_t flag[1] = {1};
    struct tensor a = tensor_over(DTYPE_F32, 2, (const int64_t[]){2, 2}, square);
    struct tensor b = tensor_over(DTYPE_F32, 1, (const int64_t[]){1}, one);
    struct tensor i = tensor_over(DTYPE_I64, 1, (const int64_t[]){1}, ids);
    struct tensor f = tensor_over(DTYPE_BOOL, 0, NULL, flag);
    const struct safetensors_item items[] = {
        {"flag", &f},
        {"b",    &b},
        {"a",    &a},
        {"ids",  &i}
    };
    const struct safetensors_pair pairs[] = {
        {"format", "pt"}
    };
    struct file file;
    const char *path = path_of("written.safetensors");
    REQUIRE(safetensors_write(path, items, 4, pairs, 1) == 0);
    REQUIRE(file_read(&file, path, 4096) == 0);
    size_t padded = (sizeof(canonical) - 1 + 7) / 8 * 8;
    EXPECT_INT(file.size, 8 + padded + 29);
    EXPECT_INT(file.data[0] | file.data[1] << 8, padded);
    EXPECT(memcmp(file.data + 8, canonical, sizeof(canonical) - 1) == 0);
    for (size_t k = 8 + sizeof(canonical) - 1; k < 8 + padded; k++)
        EXPECT_INT(file.data[k], ' ');
    file_done(&file);
}

TEST(a_transposed_view_is_written_in_its_own_order_and_reads_back) {
    float values[6] = {0, 1, 2, 3, 4, 5};
    struct tensor t = tensor_over(DTYPE_F32, 2, (const int64_t[]){3, 2}, values);
    t.stride[0] = 1; /* values as [2, 3], seen as its transpose */
    t.stride[1] = 3;
    const struct safetensors_item items[] = {
        {"t", &t}
    };
    struct safetensors *st = NULL;
    struct tensor back;
    const char *path = path_of("view.safetensors");
    REQUIRE(safetensors_write(path, items, 1, NULL, 0) == 0);
    REQUIRE(safetensors_open(&st, path, SAFETENSORS_READ) == 0);
    REQUIRE(safetensors_get(st, "t", &back) == 0);
    static const float want[6] = {0, 3, 1, 4, 2, 5};
    EXPECT(memcmp(back.data, want, sizeof(want)) == 0);
    safetensors_close(st);
}

TEST(what_cannot_be_written_leaves_the_old_file) {
    float one[1] = {5};
    struct tensor t = tensor_over(DTYPE_F32, 1, (const int64_t[]){1}, one);
    const struct safetensors_item twice[] = {
        {"t", &t},
        {"t", &t}
    };
    const struct safetensors_item reserved[] = {
        {"__metadata__", &t}
    };
    const char *path = path_of("kept.safetensors");
    REQUIRE(safetensors_write(path, twice, 1, NULL, 0) == 0);
    EXPECT_INT(safetensors_write(path, twice, 2, NULL, 0), ERR_ARG);
    EXPECT_HAS(err_text(), "\"t\" is given twice");
    EXPECT_INT(safetensors_write(path, reserved, 1, NULL, 0), ERR_ARG);
    struct safetensors *st = NULL;
    EXPECT_INT(safetensors_open(&st, path, 0), 0);
    safetensors_close(st);
    EXPECT_INT(safetensors_write(path_of("none/x.safetensors"), twice, 1, NULL, 0), ERR_IO);
}
