/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/aprt.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static const char *path(void) {
    static char text[512];
    if (!text[0])
        snprintf(text, sizeof(text), "%s/stage.bin", test_folder());
    return text;
}

TEST(bytes_are_those_of_the_contract) {
    static const uint8_t want[] = {'A', 'P', 'R', 'T', 3, 0, 0, 0,    2,    0,
                                   0,   0,   0,   0,   0, 0, 0, 0xc0, 0x7f, 0};
    float values[2] = {0, NAN};
    struct tensor t;
    struct file f = {0};
    const uint32_t quiet = 0x7fc00000u; /* NaN, bit for bit */
    memcpy(&values[1], &quiet, sizeof(quiet));
    REQUIRE(tensor_init(&t, DTYPE_F32, SHAPE(1, 2)) == 0);
    t.data = values;
    REQUIRE(aprt_write(path(), 3, &t) == 0);
    REQUIRE(file_read(&f, path(), 100) == 0);
    EXPECT_INT(f.size, 20);
    EXPECT(memcmp(f.data, want, 16) == 0 && memcmp(f.data + 16, &quiet, 4) == 0);
    struct aprt a;
    EXPECT_INT(aprt_parse(&a, f.data, f.size, "x"), 0);
    EXPECT(a.layer == 3 && a.count == 2 && a.bytes == f.data + 12);
    file_done(&f);
    REQUIRE(aprt_write(path(), -1, &t) == 0);
    REQUIRE(file_read(&f, path(), 100) == 0);
    EXPECT(aprt_parse(&a, f.data, f.size, "x") == 0 && a.layer == -1);
    file_done(&f);
}

TEST(a_file_that_is_cut_or_another_says_where) {
    uint8_t bytes[20] = {'A', 'P', 'R', 'T', 0, 0, 0, 0, 2, 0, 0, 0};
    struct aprt a = {.layer = 77};
    EXPECT_INT(aprt_parse(&a, bytes, 11, "x.bin"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "x.bin: 11 bytes are no APRT header");
    EXPECT_INT(aprt_parse(&a, bytes, 19, "x.bin"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "offset 8: 2 values are claimed, and 7 bytes follow");
    bytes[7] = 0x80;
    EXPECT_INT(aprt_parse(&a, bytes, 20, "x.bin"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "there is no layer 2147483648");
    bytes[0] = 'a';
    EXPECT_INT(aprt_parse(&a, bytes, 20, "x.bin"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "does not begin with APRT");
    EXPECT_INT(a.layer, 77);
}

TEST(strides_and_half_floats_are_written_as_plain_rows) {
    uint16_t values[6] = {0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0}; /* 1 … 6 in bf16 */
    struct tensor t, turned;
    struct file f = {0};
    REQUIRE(tensor_init(&t, DTYPE_BF16, SHAPE(2, 3)) == 0);
    t.data = values;
    REQUIRE(tensor_permute(&turned, &t, (const int[]){1, 0}) == 0);
    REQUIRE(aprt_write(path(), 0, &turned) == 0 && file_read(&f, path(), 100) == 0);
    float got[6];
    REQUIRE(f.size == 36);
    memcpy(got, f.data + 12, sizeof(got));
    const float want[6] = {1, 4, 2, 5, 3, 6};
    EXPECT(memcmp(got, want, sizeof(want)) == 0);
    file_done(&f);
}
