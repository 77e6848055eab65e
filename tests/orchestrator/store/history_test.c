/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/history.h"

#include "tests/orchestrator/dash/world.h"
#include "tests/test.h"

TEST(verdicts_come_newest_first_and_no_more_than_asked_for) {
    static const enum attempt_status statuses[] = {ATTEMPT_PASS, ATTEMPT_FAIL, ATTEMPT_CRASH};
    struct world w;
    struct history rows[2];
    size_t len = 9;
    int64_t cell = 0, id = 0;
    world_open(&w);
    for (int i = 0; i < 3; i++) {
        world_begin(&w, i == 0 ? "a" : i == 1 ? "b" : "c", "");
        int64_t other = world_cell(&w, "qwen3", "cpu", "bf16");
        world_case(&w, other, "qwen3", "qwen3/logits", ATTEMPT_PASS, "");
        cell = world_cell(&w, "qwen3", "cpu", "f32");
        id = world_case(&w, cell, "qwen3", "qwen3/logits", statuses[i], "");
        world_end(&w, RUN_FINISHED);
    }
    EXPECT_INT(history_read(w.db, cell, id, rows, 2, &len), 0);
    EXPECT_INT(len, 2);
    EXPECT(rows[0].run == w.run && rows[0].verdict == VERDICT_CRASH);
    EXPECT(rows[1].run == w.run - 1 && rows[1].verdict == VERDICT_FAIL);
    EXPECT_INT(history_read(w.db, cell, id + 1, rows, 2, &len), 0);
    EXPECT_INT(len, 0);
    world_close(&w);
}
