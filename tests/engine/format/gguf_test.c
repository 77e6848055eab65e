/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/checkpoint.h"
#include "tests/engine/format/gguf_bytes.h"
#include "tests/test.h"

/* One value of every kind. */
static void put_values(struct buf *b) {
    put_key(b, "u8", GGUF_U8);
    put_number(b, 200, 1);
    put_key(b, "i8", GGUF_I8);
    put_number(b, 0x80, 1);
    put_key(b, "u16", GGUF_U16);
    put_number(b, 65535, 2);
    put_key(b, "i16", GGUF_I16);
    put_number(b, 0xffff, 2);
    put_key(b, "u32", GGUF_U32);
    put_number(b, UINT32_MAX, 4);
    put_key(b, "i32", GGUF_I32);
    put_number(b, 0x80000000, 4);
    put_key(b, "f32", GGUF_F32);
    put_number(b, 0x3fc00000, 4);
    put_key(b, "bool", GGUF_BOOL);
    put_number(b, 1, 1);
    put_key(b, "string", GGUF_STRING);
    put_text(b, "h\xc3\xa9");
    put_key(b, "u64", GGUF_U64);
    put_number(b, INT64_MAX, 8);
    put_key(b, "i64", GGUF_I64);
    put_number(b, UINT64_MAX, 8);
    put_key(b, "f64", GGUF_F64);
    put_number(b, 0x4004000000000000, 8);
    put_array(b, "ints", GGUF_I32, 2);
    put_number(b, 7, 4);
    put_number(b, 0xffffffff, 4);
    put_array(b, "strings", GGUF_STRING, 3);
    put_text(b, "a");
    put_text(b, "");
    put_text(b, "bc");
    put_array(b, "none", GGUF_F32, 0);
}
enum { VALUES = 15 };

/* "w" is f32 [2,3] of 0 … 5, "h" f16 [1] of 1, "z" has rank 0, "e" has no elements. */
static void put_file(struct buf *b, uint32_t version) {
    put_head(b, version, 4, VALUES);
    put_values(b);
    put_tensor(b, "w", 2, (const uint64_t[]){3, 2}, 0, 0);
    put_tensor(b, "h", 1, (const uint64_t[]){1}, 1, 32);
    put_tensor(b, "z", 0, NULL, 0, 64);
    put_tensor(b, "e", 2, (const uint64_t[]){32, 0}, 8, 96);
    put_padding(b, 32);
    for (int i = 0; i < 6; i++) {
        float x = (float)i;
        buf_add(b, &x, sizeof(x));
    }
    put_padding(b, 32);
    put_number(b, 0x3c00, 2);
    put_padding(b, 32);
    put_number(b, 0x40000000, 4);
    put_padding(b, 32);
}

static struct buf made;

static struct gguf *make(uint32_t version) {
    struct gguf *g = NULL;
    buf_done(&made);
    buf_init(&made, 1 << 16);
    put_file(&made, version);
    CHECK(buf_ok(&made, "the file") == 0);
    int rc = gguf_parse(&g, made.data, made.len, "made.gguf");
    EXPECT_INT(rc, 0);
    if (rc < 0)
        EXPECT_STR(err_text(), "");
    return g;
}

TEST(dimensions_come_in_the_reverse_order_and_the_bytes_are_the_tensors) {
    struct gguf *g = make(3);
    struct tensor t;
    REQUIRE(g);
    EXPECT_INT(gguf_tensor_count(g), 4);
    EXPECT_INT(gguf_version(g), 3);
    REQUIRE(gguf_get(g, "w", &t) == 0);
    EXPECT_INT(t.rank, 2);
    EXPECT_INT(t.shape[0], 2);
    EXPECT_INT(t.shape[1], 3);
    EXPECT(((const float *)t.data)[5] == 5.0F);
    REQUIRE(gguf_get(g, "h", &t) == 0);
    EXPECT_INT(t.dtype, DTYPE_F16);
    EXPECT(dtype_from_f16(*(const uint16_t *)t.data) == 1.0F);
    REQUIRE(gguf_get(g, "z", &t) == 0);
    EXPECT_INT(tensor_count(&t), 1);
    EXPECT(*(const float *)t.data == 2.0F);
    EXPECT_INT(gguf_tensor(g, "e")->end - gguf_tensor(g, "e")->begin, 0);
    EXPECT_INT(gguf_get(g, "nobody", &t), ERR_NOTFOUND);
    EXPECT_INT(gguf_bytes(g), 96);
    gguf_close(g);
}

TEST(version_2_is_the_same_file) {
    struct gguf *g = make(2);
    REQUIRE(g);
    EXPECT_INT(gguf_version(g), 2);
    EXPECT(gguf_tensor(g, "w") != NULL);
    gguf_close(g);
}

TEST(integers_of_every_width_keep_their_sign) {
    static const struct {
        const char *key;
        int64_t value;
    } rows[] = {
        {"u8",  200       },
        {"i8",  -128      },
        {"u16", 65535     },
        {"i16", -1        },
        {"u32", UINT32_MAX},
        {"i32", INT32_MIN },
        {"u64", INT64_MAX },
        {"i64", -1        },
    };
    struct gguf *g = make(3);
    REQUIRE(g);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 0;
        EXPECT_INT(gguf_int(g, rows[i].key, INT64_MIN, INT64_MAX, &value), 0);
        EXPECT_INT(value, rows[i].value);
    }
    gguf_close(g);
}

TEST(values_are_what_was_written) {
    struct gguf *g = make(3);
    double real = 0;
    bool flag = false;
    const char *text = NULL;
    const struct gguf_value *v = NULL;
    struct gguf_string s = {0};
    uint64_t cursor = 0;
    REQUIRE(g);
    EXPECT_INT(gguf_value_count(g), VALUES);
    EXPECT(gguf_real(g, "f32", &real) == 0 && real == 1.5);
    EXPECT(gguf_real(g, "f64", &real) == 0 && real == 2.5);
    EXPECT(gguf_bool(g, "bool", &flag) == 0 && flag);
    EXPECT(gguf_str(g, "string", &text) == 0);
    EXPECT_STR(text, "h\xc3\xa9");
    REQUIRE(gguf_array(g, "ints", GGUF_I32, &v) == 0);
    EXPECT_INT(gguf_item_int(v, 1), -1);
    REQUIRE(gguf_array(g, "strings", GGUF_STRING, &v) == 0);
    EXPECT(gguf_next_string(v, &cursor, &s) && s.len == 1);
    EXPECT(gguf_next_string(v, &cursor, &s) && s.len == 0);
    EXPECT(gguf_next_string(v, &cursor, &s) && s.len == 2 && memcmp(s.data, "bc", 2) == 0);
    EXPECT(!gguf_next_string(v, &cursor, &s));
    EXPECT(gguf_array(g, "none", GGUF_F32, &v) == 0 && v->count == 0);
    gguf_close(g);
}

TEST(a_value_of_another_type_is_refused_by_key) {
    struct gguf *g = make(3);
    int64_t number = 42;
    double real = 42;
    bool flag = true;
    const char *text = "kept";
    const struct gguf_value *v = NULL;
    REQUIRE(g);
    EXPECT_INT(gguf_int(g, "f32", 0, 9, &number), ERR_FORMAT);
    EXPECT_STR(err_text(), "made.gguf: f32: expected an integer, found f32");
    EXPECT_INT(gguf_int(g, "ints", 0, 9, &number), ERR_FORMAT);
    EXPECT_HAS(err_text(), "found an array of i32");
    EXPECT_INT(gguf_int(g, "u8", 0, 9, &number), ERR_FORMAT);
    EXPECT_HAS(err_text(), "200 is not within 0 and 9");
    EXPECT_INT(gguf_int(g, "nowhere", 0, 9, &number), ERR_FORMAT);
    EXPECT_STR(err_text(), "made.gguf: nowhere: the key is missing");
    EXPECT_INT(gguf_opt_int(g, "nowhere", 0, 9, &number), 0);
    EXPECT_INT(number, 42);
    EXPECT_INT(gguf_real(g, "u8", &real), ERR_FORMAT);
    EXPECT_INT(gguf_bool(g, "u8", &flag), ERR_FORMAT);
    EXPECT_INT(gguf_str(g, "strings", &text), ERR_FORMAT);
    EXPECT_STR(text, "kept");
    EXPECT_INT(gguf_array(g, "ints", GGUF_U32, &v), ERR_FORMAT);
    EXPECT_HAS(err_text(), "expected an array of u32, found an array of i32");
    EXPECT_INT(gguf_array(g, "u32", GGUF_U32, &v), ERR_FORMAT);
    gguf_close(g);
}

TEST(bytes_that_lie_at_any_address_are_read) {
    char shifted[8192];
    struct gguf *g = make(3);
    struct tensor t;
    gguf_close(g);
    g = NULL;
    REQUIRE(made.len + 1 < sizeof(shifted));
    memcpy(shifted + 1, made.data, made.len);
    REQUIRE(gguf_parse(&g, shifted + 1, made.len, "shifted.gguf") == 0);
    REQUIRE(gguf_get(g, "w", &t) == 0);
    EXPECT_INT((uintptr_t)t.data % 4, 0);
    EXPECT(((const float *)t.data)[5] == 5.0F);
    gguf_close(g);
}

TEST(a_checkpoint_of_it_looks_like_any_other) {
    struct gguf *g = make(3);
    struct checkpoint *cp = NULL;
    struct tensor t;
    struct buf path;
    size_t cursor = 0;
    gguf_close(g);
    buf_init(&path, 4096);
    file_join(&path, test_folder(), "model.bin");
    REQUIRE(file_replace(path.data, made.data, made.len) == 0);
    EXPECT(gguf_is_file(path.data));
    EXPECT(!gguf_is_file(test_folder()));
    for (int flags = CHECKPOINT_MAP; flags <= CHECKPOINT_READ; flags++) {
        cp = NULL;
        cursor = 0;
        REQUIRE(checkpoint_open(&cp, path.data, flags) == 0);
        EXPECT_STR(checkpoint_format(cp), "GGUF v3");
        EXPECT(checkpoint_gguf(cp) != NULL);
        EXPECT_INT(checkpoint_count(cp), 4);
        EXPECT_INT(checkpoint_shards(cp), 1);
        EXPECT_INT(checkpoint_bytes(cp), 96);
        EXPECT_STR(checkpoint_find(cp, "e")->type, "Q8_0");
        EXPECT_INT(checkpoint_find(cp, "w")->shape[1], 3);
        EXPECT_INT(checkpoint_get(cp, "w", &t), 0);
        checkpoint_ignore(cp, "h");
        EXPECT_STR(checkpoint_next_unused(cp, &cursor)->name, "z");
        checkpoint_close(cp);
    }
    buf_done(&path);
}
