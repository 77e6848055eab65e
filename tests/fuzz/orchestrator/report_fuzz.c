/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what a foreign runner reports: JUnit's XML and the text of Rust's tests; and as the
 * name of a test, whose id is one whatever it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/parse/junit.h"
#include "orchestrator/parse/libtest.h"
#include "orchestrator/runner/caseid.h"
#include "orchestrator/sweep/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    struct junit report = {0};
    struct caseid ids;
    const char *name;
    arena_init(&arena, 0);
    if (junit_parse(&report, &arena, (const char *)data, size) == 0)
        for (size_t i = 0; i < report.len; i++)
            if (!report.cases[i].name || !report.cases[i].out)
                abort();
    const char *text = arena_strndup(&arena, (const char *)data, size), *line = text;
    while (libtest_next(&arena, &line, &name) > 0)
        (void)libtest_outcome(text, name);
    (void)libtest_why(&arena, text);
    caseid_init(&ids, &arena);
    if (!event_is_case_name(caseid_make(&ids, text)) ||
        !event_is_case_name(caseid_make(&ids, text)))
        abort();
    caseid_done(&ids);
    arena_done(&arena);
    return 0;
}
