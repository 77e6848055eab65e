/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/calibrate.h"

#include "engine/base/clock.h"
#include "tests/test.h"

TEST(a_look_takes_time_and_another_only_betters_it) {
    struct calibration c = {0};
    calibrate(&c);
    EXPECT(c.compute_ms > 0 && c.stream_ms > 0);
    for (int i = 0; i < 5; i++) {
        struct calibration before = c;
        calibrate(&c);
        EXPECT(c.compute_ms > 0 && c.compute_ms <= before.compute_ms);
        EXPECT(c.stream_ms > 0 && c.stream_ms <= before.stream_ms);
    }
    EXPECT(calibrate_ms(&c) == c.compute_ms + c.stream_ms);
}

/* A compiler that saw through the loops would leave next to nothing of them: at a hundred
 * operations per nanosecond they would still take longer than this. */
TEST(the_work_is_really_done) {
    struct calibration c = {0};
    calibrate(&c);
    EXPECT(c.compute_ms > 0.005);
    EXPECT(c.stream_ms > 0.003);
}

/* Each worker of a sweep pays for two looks. */
TEST(a_look_is_cheap) {
    struct calibration c = {0};
    int64_t begin = clock_cpu_ns();
    calibrate(&c);
    EXPECT(clock_cpu_ns() - begin < 200 * 1000000);
}
