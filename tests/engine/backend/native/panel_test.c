/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/sum.h"
#include "tests/test.h"

enum { ROWS = 3 * PANEL_ROWS + 5, COLS = 512, SIZE = ROWS * COLS * 2 };

static uint8_t rows[SIZE], panels[SIZE];

static struct tensor matrix(enum dtype dtype) {
    struct tensor t;
    uint32_t random = 1;
    CHECK(tensor_init(&t, dtype, SHAPE(ROWS, COLS)) == 0 && tensor_size(&t) <= SIZE);
    for (size_t i = 0; i < tensor_size(&t); i++)
        rows[i] = (uint8_t)((random = random * 1103515245 + 12345) >> 24);
    t.data = rows;
    return t;
}

static const enum dtype dtypes[] = {DTYPE_Q8_0, DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};
enum { DTYPES = sizeof(dtypes) / sizeof(dtypes[0]) };

TEST(rows_come_back_out_of_panels) {
    struct device *dev = NULL;
    const struct device_options o = {.threads = 2};
    uint8_t row[SIZE / ROWS];
    REQUIRE(device_open(&dev, "cpu-native", &o) == 0);
    for (int d = 0; d < DTYPES; d++) {
        struct tensor t = matrix(dtypes[d]);
        size_t size = tensor_size(&t) / ROWS;
        panel_pack(dev, panels, &t);
        struct tensor packed = t;
        packed.layout = TENSOR_PANELS;
        packed.data = panels;
        for (int64_t r = 0; r < ROWS; r++) {
            panel_row(row, &packed, r);
            EXPECT(memcmp(row, rows + size * (size_t)r, size) == 0);
        }
        EXPECT(memcmp(rows, panels, size * PANEL_ROWS) != 0);
        panel_pack(dev, rows, &t); /* where they lie */
        EXPECT(memcmp(rows, panels, tensor_size(&t)) == 0);
    }
    device_close(dev);
}

/* Packed weights are kept in files: who changes the bytes gives PANEL_LAYOUT another number, and
 * then writes the sums that this test prints here. */
TEST(bytes_that_change_have_another_name) {
    static const struct {
        const char *layout;
        uint64_t sums[DTYPES];
    } known = {
        "panels of 16, 1",
        {0xc172e2ba5f79c010, 0x6be58f3d1c8893a5, 0xfb42a90ae99ec6d5, 0xa1140b6b2a74955a}
    };
    struct device *dev = NULL;
    const struct device_options o = {.threads = 1};
    REQUIRE(device_open(&dev, "cpu-native", &o) == 0);
    EXPECT_STR(PANEL_LAYOUT, known.layout);
    for (int d = 0; d < DTYPES; d++) {
        struct tensor t = matrix(dtypes[d]);
        panel_pack(dev, panels, &t);
        uint64_t sum = sum_bytes(panels, tensor_size(&t));
        (void)test_check(sum == known.sums[d], __FILE__, __LINE__, "%s: the sum is 0x%016llx",
                         dtype_name(dtypes[d]), (unsigned long long)sum);
    }
    device_close(dev);
}
