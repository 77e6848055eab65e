/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/bulk.h"

#include <stdint.h>

#include "tests/test.h"

enum { LARGE = 2 << 20 };

TEST(bytes_are_zero_and_all_of_them_can_be_written) {
    static const size_t sizes[] = {0, 1, 4096, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *p = bulk_alloc(sizes[i]);
        REQUIRE(p != NULL);
        bool zero = true;
        for (size_t j = 0; j < sizes[i]; j++)
            zero = zero && p[j] == 0;
        EXPECT(zero);
        memset(p, 0xFF, sizes[i]);
        bulk_free(p, sizes[i]);
    }
    bulk_free(NULL, 0);
    bulk_free(NULL, LARGE);
}

TEST(what_grows_keeps_its_bytes_and_gets_zeros) {
    size_t size = 100;
    unsigned char *p = bulk_grow(NULL, 0, size);
    for (; p && size < 5 * LARGE; size = size * 3 + 1) {
        memset(p, 0xAB, size);
        p = bulk_grow(p, size, size * 3 + 1);
        REQUIRE(p != NULL);
        EXPECT(p[0] == 0xAB && p[size - 1] == 0xAB && p[size] == 0 && p[size * 3] == 0);
    }
    EXPECT(bulk_grow(p, size, SIZE_MAX) == NULL && p[0] == 0xAB);
    bulk_free(p, size);
}

TEST(large_memory_begins_at_a_large_page) {
    for (int i = 0; i < 5; i++) {
        void *p = bulk_alloc((size_t)LARGE + 4096 * (size_t)i);
        REQUIRE(p != NULL);
        EXPECT((uintptr_t)p % LARGE == 0);
        bulk_free(p, (size_t)LARGE + 4096 * (size_t)i);
    }
}

TEST(what_cannot_be_is_null) {
    EXPECT(bulk_alloc(SIZE_MAX) == NULL);
    EXPECT(bulk_alloc(SIZE_MAX / 2) == NULL);
}
