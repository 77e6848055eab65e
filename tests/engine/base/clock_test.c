/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"

#include "tests/test.h"

static const struct {
    int64_t ms;
    const char *text;
} times[] = {
    {0,               "1970-01-01T00:00:00.000Z"},
    {-1,              "1969-12-31T23:59:59.999Z"},
    {-1000,           "1969-12-31T23:59:59.000Z"},
    {951782400123,    "2000-02-29T00:00:00.123Z"},
    {2147483648000,   "2038-01-19T03:14:08.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
    {INT64_MAX,       "0000-00-00T00:00:00.807Z"},
};

TEST(times_are_written_in_utc) {
    char out[CLOCK_ISO_SIZE];
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        EXPECT_STR(clock_iso(times[i].ms, out), times[i].text);
}

TEST(time_goes_forward) {
    int64_t begin = clock_mono_ns();
    EXPECT(clock_mono_ns() >= begin);
    EXPECT(clock_wall_ms() > 1700000000000); /* after 2023 */
}
