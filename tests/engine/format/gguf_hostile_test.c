/* SPDX-License-Identifier: Apache-2.0 */
/* Files made to mislead a reader: a good file with one field changed, and what must be said of
 * it. Rows named after an advisory are the bug of another reader. */
#include "engine/format/gguf.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/engine/format/gguf_bytes.h"
#include "tests/test.h"

enum field {
    AT_MAGIC,
    AT_VERSION,
    AT_TENSORS,
    AT_VALUES,
    AT_KEY_LEN,
    AT_KEY,
    AT_KIND,
    AT_ALIGNMENT,
    AT_STRING_KEY,
    AT_STRING_LEN,
    AT_ITEM_KIND,
    AT_ITEMS,
    AT_TEXTS,
    AT_TEXT_LEN,
    AT_NAME_LEN,
    AT_NAME,
    AT_RANK,
    AT_DIM_0,
    AT_DIM_1,
    AT_TYPE,
    AT_OFFSET,
    AT_NEXT_NAME,
    AT_NEXT_DIM_0,
    AT_NEXT_OFFSET,
    FIELDS,
};

struct sample {
    struct buf bytes;
    size_t at[FIELDS];
    size_t end; /* behind the last tensor */
};

static void put_sample_values(struct sample *s) {
    struct buf *b = &s->bytes;
    s->at[AT_KEY_LEN] = b->len;
    s->at[AT_KEY] = b->len + 8;
    put_key(b, "general.alignment", GGUF_U32);
    s->at[AT_KIND] = b->len - 4;
    s->at[AT_ALIGNMENT] = b->len;
    put_number(b, 32, 4);
    s->at[AT_STRING_KEY] = b->len + 8;
    put_key(b, "s", GGUF_STRING);
    s->at[AT_STRING_LEN] = b->len;
    put_text(b, "abc");
    put_array(b, "n", GGUF_U32, 2);
    s->at[AT_ITEM_KIND] = b->len - 12;
    s->at[AT_ITEMS] = b->len - 8;
    put_number(b, 1, 4);
    put_number(b, 2, 4);
    put_array(b, "t", GGUF_STRING, 2);
    s->at[AT_TEXTS] = b->len - 8;
    s->at[AT_TEXT_LEN] = b->len;
    put_text(b, "x");
    put_text(b, "yz");
}

/* 48 bytes of f32 [3,4], then 68 bytes of Q8_0 [2,32]. */
static void make(struct sample *s) {
    struct buf *b = &s->bytes;
    buf_init(b, 1 << 16);
    put_head(b, 3, 2, 4);
    s->at[AT_MAGIC] = 0;
    s->at[AT_VERSION] = 4;
    s->at[AT_TENSORS] = 8;
    s->at[AT_VALUES] = 16;
    put_sample_values(s);
    s->at[AT_NAME_LEN] = b->len;
    s->at[AT_NAME] = b->len + 8;
    put_tensor(b, "w", 2, (const uint64_t[]){4, 3}, 0, 0);
    s->at[AT_RANK] = s->at[AT_NAME] + 1;
    s->at[AT_DIM_0] = s->at[AT_RANK] + 4;
    s->at[AT_DIM_1] = s->at[AT_DIM_0] + 8;
    s->at[AT_TYPE] = s->at[AT_DIM_1] + 8;
    s->at[AT_OFFSET] = s->at[AT_TYPE] + 4;
    s->at[AT_NEXT_NAME] = b->len + 8;
    s->at[AT_NEXT_DIM_0] = b->len + 8 + 1 + 4;
    put_tensor(b, "q", 2, (const uint64_t[]){32, 2}, 8, 64);
    s->at[AT_NEXT_OFFSET] = b->len - 8;
    put_padding(b, 32);
    s->end = b->len + 64 + 68;
    while (b->len < s->end)
        buf_putc(b, 1);
    put_padding(b, 32);
    CHECK(buf_ok(b, "the sample") == 0);
}

/* Parses size bytes that lie in memory of just that size, so that a sanitizer sees the end. */
static int parse(const char *bytes, size_t size) {
    char *copy = malloc(size ? size : 1);
    struct gguf *g = NULL;
    struct tensor t;
    volatile unsigned sum = 0;
    CHECK(copy);
    memcpy(copy, bytes, size);
    int rc = gguf_parse(&g, copy, size, "bad.gguf");
    for (size_t i = 0; rc == 0 && i < gguf_tensor_count(g); i++)
        if (gguf_get(g, gguf_tensor_at(g, i)->name, &t) == 0)
            for (size_t k = 0; k < tensor_size(&t); k++)
                sum += ((const uint8_t *)t.data)[k];
    gguf_close(g);
    free(copy);
    (void)sum;
    return rc;
}

struct row {
    const char *label;
    enum field field;
    int size; /* bytes of the field */
    uint64_t value;
    int code;
    const char *says; /* in the refusal */
};

#define TWO_63 (UINT64_C(1) << 63)

/* The formatter scrambles a table whose rows differ in length. */
/* clang-format off */
static const struct row rows[] = {
    {"another magic", AT_MAGIC, 4, 0x46554747 + 1, ERR_FORMAT, "offset 0: this is no GGUF file"},
    {"version 1, whose counts were narrower", AT_VERSION, 4, 1, ERR_UNSUPPORTED, "version 1"},
    {"a version to come", AT_VERSION, 4, 4, ERR_UNSUPPORTED, "version 4"},
    {"big-endian", AT_VERSION, 4, 0x03000000, ERR_UNSUPPORTED, "big-endian"},
    {"CVE-2024-23605: more tensors than bytes", AT_TENSORS, 8, UINT64_MAX, ERR_FORMAT, "offset 8"},
    {"CVE-2024-25666: a count whose product wraps", AT_TENSORS, 8, UINT64_MAX / 64 + 2, ERR_FORMAT,
     "tensors"},
    {"CVE-2024-25664: more values than bytes", AT_VALUES, 8, TWO_63, ERR_FORMAT, "offset 16"},
    {"one tensor more than there are", AT_TENSORS, 8, 3, ERR_FORMAT, "offset"},
    {"one value more than there are", AT_VALUES, 8, 5, ERR_FORMAT, "offset"},
    {"no tensors, but their bytes", AT_TENSORS, 8, 0, ERR_FORMAT, "follow the last tensor"},
    {"CVE-2024-25665: a length that wraps when one is added", AT_KEY_LEN, 8, UINT64_MAX, ERR_FORMAT,
     "a key"},
    {"an empty key", AT_KEY_LEN, 8, 0, ERR_FORMAT, "a key of 0 bytes"},
    {"a key over 64 KiB", AT_KEY_LEN, 8, 65536, ERR_FORMAT, "65535"},
    {"a key with a NUL", AT_KEY, 1, 0, ERR_FORMAT, "not UTF-8"},
    {"a key of no UTF-8", AT_KEY, 1, 0xff, ERR_FORMAT, "not UTF-8"},
    {"a key twice", AT_STRING_KEY, 1, 't', ERR_FORMAT, "the key t is there already"},
    {"a value type from nowhere", AT_KIND, 4, 13, ERR_FORMAT, "no value type 13"},
    {"CVE-2024-41130: a value type far outside the table", AT_KIND, 4, UINT32_MAX, ERR_FORMAT,
     "no value type"},
    {"an alignment of zero", AT_ALIGNMENT, 4, 0, ERR_FORMAT, "general.alignment: 0"},
    {"an alignment of three", AT_ALIGNMENT, 4, 3, ERR_FORMAT, "power of two"},
    {"#24997: an alignment without bound", AT_ALIGNMENT, 4, 1u << 31, ERR_FORMAT,
     "general.alignment: 2147483648"},
    {"another alignment than the offsets have", AT_ALIGNMENT, 4, 128, ERR_FORMAT, "tensor \"q\""},
    {"#26690: an alignment that is a float", AT_KIND, 4, GGUF_F32, ERR_FORMAT,
     "general.alignment: expected an integer, found f32"},
    {"#19003: a string longer than the file", AT_STRING_LEN, 8, UINT64_C(1) << 40, ERR_FORMAT,
     "s takes 1099511627776 bytes"},
    {"a string to the end of the address space", AT_STRING_LEN, 8, UINT64_MAX, ERR_FORMAT, "s takes"},
    {"an array of arrays", AT_ITEM_KIND, 4, GGUF_ARRAY, ERR_FORMAT, "array of arrays"},
    {"items of a type from nowhere", AT_ITEM_KIND, 4, 99, ERR_FORMAT, "no value type 99"},
    {"CVE-2024-21825: an array whose size wraps", AT_ITEMS, 8, TWO_63 / 2 + 2, ERR_FORMAT,
     "n: 4611686018427387906 items"},
    {"CVE-2024-21836: an array longer than the file", AT_ITEMS, 8, 1 << 20, ERR_FORMAT, "items"},
    {"#27188: strings without end", AT_TEXTS, 8, UINT64_MAX, ERR_FORMAT, "t: 18446744073709551615"},
    {"more strings than there are", AT_TEXTS, 8, 9, ERR_FORMAT, "offset"},
    {"CVE-2025-49847: a token length that is negative when signed", AT_TEXT_LEN, 8, TWO_63 + 1,
     ERR_FORMAT, "t takes"},
    {"an empty name", AT_NAME_LEN, 8, 0, ERR_FORMAT, "the name of a tensor of 0 bytes"},
    {"a name of 64 bytes", AT_NAME_LEN, 8, 64, ERR_FORMAT, "63"},
    {"a name with a NUL", AT_NAME, 1, 0, ERR_FORMAT, "not UTF-8"},
    {"a name twice", AT_NEXT_NAME, 1, 'w', ERR_FORMAT, "tensor \"w\" is there already"},
    {"five dimensions", AT_RANK, 4, 5, ERR_FORMAT, "5 dimensions exceed 4"},
    {"CVE-2024-23496: dimensions without end", AT_RANK, 4, UINT32_MAX, ERR_FORMAT, "dimensions"},
    {"CVE-2024-21802: a dimension that is negative when signed", AT_DIM_0, 8, TWO_63, ERR_FORMAT,
     "a dimension of 9223372036854775808"},
    {"CVE-2026-33298: elements whose product wraps", AT_DIM_0, 8, INT64_MAX, ERR_FORMAT,
     "product of the dimensions overflows"},
    {"CVE-2025-53630: bytes that wrap", AT_DIM_0, 8, UINT64_C(1) << 61, ERR_FORMAT,
     "its size in bytes overflows"},
    {"CVE-2026-7482: dimensions that the data do not have", AT_DIM_0, 8, 1 << 20, ERR_FORMAT,
     "tensor \"w\" takes 12582912 bytes"},
    {"a dimension of zero, and the next tensor in its place", AT_DIM_1, 8, 0, ERR_FORMAT,
     "tensor \"q\" begins at 64"},
    {"a row that is no whole block", AT_NEXT_DIM_0, 8, 31, ERR_FORMAT, "whole blocks of 32"},
    {"blocks that reach behind the file", AT_NEXT_DIM_0, 8, 64, ERR_FORMAT, "cut short"},
    {"a type that was taken out", AT_TYPE, 4, 4, ERR_FORMAT, "no type 4"},
    {"a type from nowhere", AT_TYPE, 4, 99, ERR_FORMAT, "no type 99"},
    {"a type that is negative when signed", AT_TYPE, 4, UINT32_MAX, ERR_FORMAT, "no type"},
    {"an offset that is not zero", AT_OFFSET, 8, 32, ERR_FORMAT, "tensor \"w\" begins at 32"},
    {"an overlap", AT_NEXT_OFFSET, 8, 0, ERR_FORMAT, "tensor \"q\" begins at 0"},
    {"a hole", AT_NEXT_OFFSET, 8, 96, ERR_FORMAT, "tensor \"q\" begins at 96"},
    {"an offset out of alignment", AT_NEXT_OFFSET, 8, 48, ERR_FORMAT, "tensor \"q\" begins at 48"},
    {"CVE-2026-27940: an offset whose sum wraps", AT_NEXT_OFFSET, 8, UINT64_MAX - 31, ERR_FORMAT,
     "tensor \"q\" begins at 18446744073709551584"},
};
/* clang-format on */

TEST(the_sample_itself_is_fine) {
    struct sample s = {0};
    make(&s);
    EXPECT_INT(parse(s.bytes.data, s.bytes.len), 0);
    buf_done(&s.bytes);
}

TEST(every_field_that_lies_is_refused_with_its_reason) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sample s = {0};
        make(&s);
        for (int k = 0; k < rows[i].size; k++)
            s.bytes.data[s.at[rows[i].field] + (size_t)k] = (char)(rows[i].value >> (8 * k));
        int rc = parse(s.bytes.data, s.bytes.len);
        (void)test_check(rc == rows[i].code && strstr(err_text(), rows[i].says) &&
                             strncmp(err_text(), "bad.gguf: ", 10) == 0,
                         __FILE__, __LINE__, "%s: %d, \"%s\"", rows[i].label, rc,
                         rc < 0 ? err_text() : "");
        buf_done(&s.bytes);
    }
}

/* Only the padding behind the last tensor may be absent. */
TEST(a_file_cut_at_any_byte_is_refused) {
    struct sample s = {0};
    make(&s);
    for (size_t size = 0; size < s.bytes.len; size++) {
        int rc = parse(s.bytes.data, size);
        (void)test_check(size < s.end ? rc == ERR_FORMAT : rc == 0, __FILE__, __LINE__,
                         "%zu bytes: %d", size, rc);
    }
    buf_done(&s.bytes);
}

TEST(a_flipped_bit_is_refused_or_gives_tensors_inside_the_file) {
    struct sample s = {0};
    int refused = 0;
    make(&s);
    for (size_t bit = 0; bit < 8 * s.bytes.len; bit++) {
        s.bytes.data[bit / 8] = (char)(s.bytes.data[bit / 8] ^ 1 << bit % 8);
        refused += parse(s.bytes.data, s.bytes.len) < 0;
        s.bytes.data[bit / 8] = (char)(s.bytes.data[bit / 8] ^ 1 << bit % 8);
    }
    EXPECT(refused > 500);
    buf_done(&s.bytes);
}

TEST(bytes_behind_the_last_tensor_are_refused) {
    struct sample s = {0};
    make(&s);
    for (int i = 0; i < 64; i++)
        buf_putc(&s.bytes, 0);
    EXPECT_INT(parse(s.bytes.data, s.bytes.len), ERR_FORMAT);
    EXPECT_HAS(err_text(), "bytes follow the last tensor");
    buf_done(&s.bytes);
}

TEST(a_pointer_to_the_file_is_called_by_its_name) {
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\n";
    EXPECT_INT(parse(pointer, sizeof(pointer) - 1), ERR_FORMAT);
    EXPECT_HAS(err_text(), "git lfs pull");
}

TEST(a_part_of_a_split_file_says_so) {
    struct buf b;
    buf_init(&b, 1 << 12);
    put_head(&b, 3, 0, 1);
    put_key(&b, "split.count", GGUF_U16);
    put_number(&b, 3, 2);
    EXPECT_INT(parse(b.data, b.len), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "part 1 of 3");
    buf_done(&b);
}

TEST(every_known_type_can_be_listed_and_those_without_a_dtype_are_refused_by_name) {
    for (uint32_t id = 0; id < 64; id++) {
        const struct gguf_type *type = gguf_type_find(id);
        struct gguf *g = NULL;
        struct tensor t;
        struct buf b;
        if (!type)
            continue;
        EXPECT_INT(gguf_type_id(type), id);
        buf_init(&b, 1 << 12);
        put_head(&b, 3, 1, 0);
        put_tensor(&b, "w", 1, (const uint64_t[]){(uint64_t)type->block}, id, 0);
        put_padding(&b, 32);
        for (int i = 0; i < type->bytes; i++)
            buf_putc(&b, 0);
        REQUIRE(gguf_parse(&g, b.data, b.len, "typed.gguf") == 0);
        int rc = gguf_get(g, "w", &t);
        EXPECT_INT(rc, type->held ? 0 : ERR_UNSUPPORTED);
        if (rc == 0)
            EXPECT_INT(tensor_size(&t), type->bytes);
        else
            EXPECT_HAS(err_text(), type->name);
        gguf_close(g);
        buf_done(&b);
    }
}
