/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as noctule.json: a sentence, or a plan that can be printed in every form. */
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "orchestrator/sweep/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config config;
    struct plan plan;
    struct buf out;
    if (size > 64 << 10 || config_parse(&config, (const char *)data, size, "noctule.json") < 0)
        return 0;
    plan_init(&plan, &config, "build");
    buf_init(&out, 1 << 20);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < config.suite_count; i++) {
        size_t cells = 1;
        for (size_t a = 0; a < config.suites[i].axis_count && cells < 4096; a++)
            cells *= config.suites[i].axes[a].len;
        if (cells < 4096) /* larger plans are fine and slow */
            rc = plan_add_family(&plan, &config.suites[i], "qwen3", "tests/models/qwen3");
    }
    plan_print_table(&out, &plan);
    plan_print_json(&out, &plan);
    plan_print_ctest(&out, &plan);
    buf_done(&out);
    plan_done(&plan);
    config_done(&config);
    return 0;
}
