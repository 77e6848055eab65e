/* SPDX-License-Identifier: Apache-2.0 */
/* Files made to mislead a reader: each row is one, with a word its refusal must say. */
#include "engine/format/safetensors.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "tests/test.h"

#define T(dtype, shape, offsets) \
    "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

struct row {
    const char *label;
    const char *header;
    size_t data;      /* bytes behind the header */
    const char *says; /* in the refusal; NULL = the file is fine */
};

/* The formatter scrambles a table whose rows differ in length. */
/* clang-format off */
static const struct row rows[] = {
    {"no tensors at all", "{}", 0, NULL},
    {"padding of spaces", "{}      ", 0, NULL},
    {"one f32", "{\"a\":" T("F32", "2,2", "0,16") "}", 16, NULL},
    {"rank 0 is one element", "{\"a\":" T("F32", "", "0,4") "}", 4, NULL},
    {"an empty tensor", "{\"a\":" T("F32", "2,0", "0,0") "}", 0, NULL},
    {"an empty tensor beside a full one",
     "{\"a\":" T("U8", "3", "0,3") ",\"b\":" T("U8", "0", "0,0") "}", 3, NULL},
    {"an empty tensor at the end",
     "{\"a\":" T("U8", "3", "0,3") ",\"b\":" T("U8", "0", "3,3") "}", 3, NULL},
    {"fields unknown to us",
     "{\"a\":{\"x\":[1],\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, NULL},
    {"metadata", "{\"__metadata__\":{\"format\":\"pt\"},\"a\":" T("U8", "1", "0,1") "}", 1, NULL},
    {"sub-byte elements that fill bytes", "{\"a\":" T("F4", "2", "0,1") "}", 1, NULL},
    {"order of names is not order of bytes",
     "{\"a\":" T("U8", "1", "1,2") ",\"b\":" T("U8", "1", "0,1") "}", 2, NULL},
    {"spaces in front", " {}", 0, "offset 8"},
    {"a newline in front", "\n{}", 0, "offset 8"},
    {"a newline behind", "{}\n", 0, "offset 10"},
    {"an array", "[]", 0, "offset 8"},
    {"not JSON", "{\"a\"}", 0, "header"},
    {"text behind the object", "{} {}", 0, "header"},
    {"invalid UTF-8", "{\"\xff\":" T("U8", "1", "0,1") "}", 1, "header"},
    {"overlong UTF-8", "{\"\xc0\xaf\":" T("U8", "1", "0,1") "}", 1, "header"},
    {"a lone surrogate", "{\"\\ud800\":" T("U8", "1", "0,1") "}", 1, "header"},
    {"U+0000 in a name", "{\"a\\u0000b\":" T("U8", "1", "0,1") "}", 1, "header"},
    {"a name twice", "{\"a\":" T("U8", "1", "0,1") ",\"a\":" T("U8", "1", "0,1") "}", 1, "a"},
    {"a name twice by an escape",
     "{\"a\":" T("U8", "1", "0,1") ",\"\\u0061\":" T("U8", "1", "0,1") "}", 1, "a"},
    {"a field twice",
     "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
     "offset 19"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "already"},
    {"metadata that is a list", "{\"__metadata__\":[]}", 0, "__metadata__"},
    {"metadata with a number", "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__"},
    {"metadata with an object", "{\"__metadata__\":{\"a\":{}}}", 0, "__metadata__"},
    {"an entry that is a number", "{\"a\":1}", 0, "a: expected an object"},
    {"an entry that is null", "{\"a\":null}", 0, "a: expected an object"},
    {"no dtype", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "a.dtype"},
    {"no shape", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "a.shape"},
    {"no offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "a.data_offsets"},
    {"a dtype from nowhere", "{\"a\":" T("F128", "1", "0,16") "}", 16, "F128"},
    {"a dtype in lower case", "{\"a\":" T("f32", "1", "0,4") "}", 4, "f32"},
    {"a dtype that is a number",
     "{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "dtype"},
    {"a shape that is a number",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "shape"},
    {"a dimension below zero", "{\"a\":" T("U8", "-1", "0,1") "}", 1, "shape"},
    {"a dimension of minus zero", "{\"a\":" T("U8", "-0", "0,0") "}", 0, "shape"},
    {"a dimension with a point", "{\"a\":" T("U8", "1.0", "0,1") "}", 1, "shape"},
    {"a dimension with an exponent", "{\"a\":" T("U8", "1e0", "0,1") "}", 1, "shape"},
    {"a dimension beyond 2^63", "{\"a\":" T("U8", "9223372036854775808", "0,1") "}", 1, "shape"},
    {"a dimension beyond 2^64", "{\"a\":" T("U8", "18446744073709551617", "0,1") "}", 1, "shape"},
    {"a dimension that is a string", "{\"a\":" T("U8", "\"1\"", "0,1") "}", 1, "shape"},
    {"NaN as a dimension", "{\"a\":" T("U8", "NaN", "0,1") "}", 1, "header"},
    {"nine dimensions", "{\"a\":" T("U8", "1,1,1,1,1,1,1,1,1", "0,1") "}", 1, "dimensions"},
    {"a product that wraps to 0",
     "{\"a\":" T("U8", "4294967296,4294967296", "0,0") "}", 0, "overflows"},
    {"a product that wraps to 4",
     "{\"a\":" T("U8", "1263665316,1824726041", "0,4") "}", 4, "overflows"},
    {"bits that wrap", "{\"a\":" T("F64", "536838145,536903681", "0,8") "}", 8, "overflows"},
    {"a zero that hides an overflow",
     "{\"a\":" T("U8", "0,4503599627370496,4503599627370496", "0,0") "}", 0, "overflows"},
    {"a zero behind an overflow",
     "{\"a\":" T("U8", "4503599627370496,4503599627370496,0", "0,0") "}", 0, "overflows"},
    {"one offset", "{\"a\":" T("U8", "1", "0") "}", 1, "data_offsets"},
    {"three offsets", "{\"a\":" T("U8", "1", "0,1,2") "}", 1, "data_offsets"},
    {"an end before the begin", "{\"a\":" T("U8", "1", "1,0") "}", 1, "before it begins"},
    {"an offset below zero", "{\"a\":" T("U8", "1", "-1,0") "}", 1, "data_offsets"},
    {"an offset beyond 2^63",
     "{\"a\":" T("U8", "1", "0,9223372036854775808") "}", 1, "data_offsets"},
    {"more bytes than the shape needs", "{\"a\":" T("U8", "1", "0,2") "}", 2, "need 1 bytes"},
    {"fewer bytes than the shape needs", "{\"a\":" T("F32", "1", "0,2") "}", 2, "need 4 bytes"},
    {"half a byte", "{\"a\":" T("F4", "1", "0,1") "}", 1, "whole bytes"},
    {"three quarters of a byte", "{\"a\":" T("F6_E2M3", "1", "0,1") "}", 1, "whole bytes"},
    {"a hole in front", "{\"a\":" T("U8", "1", "1,2") "}", 2, "a hole"},
    {"a hole between",
     "{\"a\":" T("U8", "1", "0,1") ",\"b\":" T("U8", "1", "2,3") "}", 3, "a hole"},
    {"an overlap",
     "{\"a\":" T("U8", "2", "0,2") ",\"b\":" T("U8", "2", "1,3") "}", 3, "an overlap"},
    {"the same bytes twice",
     "{\"a\":" T("U8", "2", "0,2") ",\"b\":" T("U8", "2", "0,2") "}", 2, "an overlap"},
    {"an empty tensor inside another",
     "{\"a\":" T("U8", "2", "0,2") ",\"b\":" T("U8", "0", "1,1") "}", 2, "an overlap"},
    {"data cut short", "{\"a\":" T("U8", "4", "0,4") "}", 3, "cut short"},
    {"a tensor far outside",
     "{\"a\":" T("U8", "4503599627370496", "0,4503599627370496") "}", 3, "cut short"},
    {"bytes behind the last tensor", "{\"a\":" T("U8", "4", "0,4") "}", 5, "behind the last"},
    {"bytes and no tensor", "{}", 1, "behind the last"},
};
/* clang-format on */

static uint8_t *make(const char *header, uint64_t claimed, size_t data, size_t *size) {
    size_t len = strlen(header);
    uint8_t *bytes = calloc(8 + len + data, 1);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(claimed >> (8 * i));
    memcpy(bytes + 8, header, len);
    *size = 8 + len + data;
    return bytes;
}

TEST(each_hostile_file_is_refused_in_words_and_each_odd_but_legal_one_opens) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct safetensors *st = NULL;
        size_t size;
        uint8_t *bytes = make(row->header, strlen(row->header), row->data, &size);
        int rc = safetensors_parse(&st, bytes, size, "x.safetensors");
        test_check((rc == 0) == !row->says, __FILE__, __LINE__, "%s: returned %d (%s)", row->label,
                   rc, rc < 0 ? err_text() : "opened");
        if (rc < 0 && row->says) {
            EXPECT_INT(rc, ERR_FORMAT);
            EXPECT(st == NULL);
            EXPECT_HAS(err_text(), "x.safetensors: ");
            EXPECT_HAS(err_text(), row->says);
        }
        safetensors_close(st);
        free(bytes);
    }
}

TEST(a_header_length_that_lies_is_refused_before_anything_is_allocated) {
    static const struct {
        uint64_t claimed;
        const char *says;
    } lies[] = {
        {0,              "is empty"           },
        {3,              "cut short"          },
        {100000000,      "cut short"          },
        {100000001,      "no safetensors file"},
        {UINT64_MAX,     "no safetensors file"},
        {UINT64_MAX - 7, "no safetensors file"}, /* + 8 wraps to 0 */
        {1ull << 63,     "no safetensors file"},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct safetensors *st = NULL;
        size_t size;
        uint8_t *bytes = make("{}", lies[i].claimed, 0, &size);
        EXPECT_INT(safetensors_parse(&st, bytes, size, "x"), ERR_FORMAT);
        EXPECT_HAS(err_text(), "offset 0");
        EXPECT_HAS(err_text(), lies[i].says);
        free(bytes);
    }
}

TEST(a_git_lfs_pointer_is_called_by_its_name) {
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
    struct safetensors *st = NULL;
    EXPECT_INT(safetensors_parse(&st, pointer, sizeof(pointer) - 1, "x"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "git lfs pull");
}

TEST(nesting_deeper_than_the_limit_is_refused) {
    struct buf b;
    struct safetensors *st = NULL;
    size_t size;
    buf_init(&b, 1 << 20);
    buf_puts(&b, "{\"a\":");
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, '[');
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, ']');
    buf_puts(&b, "}");
    uint8_t *bytes = make(b.data, b.len, 0, &size);
    EXPECT(safetensors_parse(&st, bytes, size, "x") < 0);
    free(bytes);
    buf_done(&b);
}

/* A file of all that is legal: metadata, an escape in a name, empty, rank 0, sub-byte. */
static uint8_t *make_valid(size_t *size) {
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"w.\\u00e4\":" T("F32", "2,1", "0,8") ",\"e\":" T("I64", "0", "8,8") ",\"s\":" T(
            "BF16", "", "8,10") ",\"n\":" T("F4", "2", "10,11") ",\"b\":" T("BOOL", "3",
                                                                            "11,14") "} ";
    return make(header, strlen(header), 14, size);
}

/* Touches every byte a caller could reach. */
static unsigned walk(struct safetensors *st) {
    unsigned sum = 0;
    for (size_t i = 0; i < safetensors_count(st); i++) {
        struct tensor t;
        if (safetensors_get(st, safetensors_at(st, i)->name, &t) < 0)
            continue;
        for (size_t k = 0; k < tensor_size(&t); k++)
            sum += ((const uint8_t *)t.data)[k];
    }
    return sum;
}

TEST(a_valid_file_cut_at_any_byte_is_refused) {
    size_t size;
    uint8_t *whole = make_valid(&size);
    struct safetensors *st = NULL;
    REQUIRE(safetensors_parse(&st, whole, size, "x") == 0);
    EXPECT_INT(safetensors_count(st), 5);
    safetensors_close(st);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = malloc(cut ? cut : 1); /* exact size: a sanitizer sees one byte too far */
        memcpy(part, whole, cut);
        struct safetensors *none = NULL;
        test_check(safetensors_parse(&none, part, cut, "x") == ERR_FORMAT, __FILE__, __LINE__,
                   "cut at %zu was accepted", cut);
        free(part);
    }
    free(whole);
}

TEST(any_flipped_bit_ends_in_an_error_or_in_tensors_that_can_be_read) {
    size_t size, opened = 0, refused = 0;
    uint8_t *bytes = make_valid(&size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        struct safetensors *st = NULL;
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        if (safetensors_parse(&st, bytes, size, "x") < 0) {
            refused++;
        } else {
            opened++;
            (void)walk(st);
        }
        safetensors_close(st);
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    EXPECT_INT(opened + refused, size * 8);
    EXPECT(refused > opened); /* most of a header means something */
    free(bytes);
}
