/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/fire.h"

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/hook/record.h"
#include "orchestrator/hook/scripts.h"

int fire_event(const struct fire *f, enum hook_event event, const struct buf *input,
               enum hook_answer *answer, struct buf *why) {
    struct hook_call call = {
        .event = event, .dialect = "noctule", .tool = "", .text = "", .path = "", .cwd = ""};
    const struct hook_setup setup = {
        .root = f->root, .level = ALLOW_TEST, .script_ms = (int)f->script_ms};
    struct record record = {.event = hook_event_name(event), .dialect = "noctule", .tool = ""};
    struct json_doc *doc = NULL;
    int64_t begin = clock_mono_ns();
    *answer = HOOK_ALLOW;
    if (!scripts_are_there(&setup, event))
        return 0;
    int rc = json_parse(&doc, input->data, input->len, "what hooks are told", 0);
    if (rc < 0)
        return rc;
    call.input = json_root(doc);
    if (hook_decide(&call, &setup, answer, why) < 0) {
        *answer = HOOK_ERROR;
        buf_reset(why);
        buf_puts(why, err_text());
    }
    (void)hash_bytes(input->data, input->len, record.input);
    record.decision = hook_answer_name(*answer);
    record.why = why->data;
    record.took_ms = (double)(clock_mono_ns() - begin) / 1e6;
    rc = record_append(f->log, &record);
    json_free(doc);
    return rc;
}
