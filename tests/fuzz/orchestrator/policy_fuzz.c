/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a commit message under every preset, and as the rules themselves: what is found has
 * a sentence and a place, and the parts of a message are parts of it. */
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/git/views.h"
#include "orchestrator/policy/policy.h"
#include "orchestrator/policy/preset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_BYTES = 64 << 10, PRESETS_MAX = 16 };

static void check_message(const struct message *m) {
    CHECK(m->body <= m->count && m->block <= m->trailers && m->trailers <= m->count);
    CHECK(m->count == 0 || m->body >= 1);
    for (size_t i = 0; i < m->count; i++) {
        const struct message_line *l = &m->lines[i];
        CHECK(l->text >= m->text && l->text + l->len <= m->text + m->size);
        CHECK(i == 0 || l->number > l[-1].number);
        CHECK(message_columns(l) <= 8 * l->len);
    }
}

static void check(const struct policy *p, const char *text, size_t size, bool draft) {
    struct arena arena;
    struct view_range range;
    struct findings found;
    arena_init(&arena, 0);
    views_message(&arena, text, size, draft, &range);
    check_message(&range.commits[0].message);
    policy_check(p, &arena, &range, &found);
    for (size_t i = 0; i < found.len; i++)
        CHECK(*found.rows[i].text && *found.rows[i].mend && *found.rows[i].place);
    arena_done(&arena);
}

static struct policy *const *presets(void) {
    static struct policy *all[PRESETS_MAX];
    for (size_t i = 0; !all[i] && preset_table[i].name; i++)
        CHECK(policy_parse(&all[i], preset_table[i].text, preset_table[i].len, "preset", "") == 0);
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct settings settings;
    struct policy *own;
    struct arena arena;
    if (size > SIZE_MAX_BYTES)
        return 0;
    for (struct policy *const *p = presets(); *p; p++)
        check(*p, text, size, size & 1);
    if (policy_parse(&own, text, size, "input", "/nowhere") == 0) {
        check(own, "a/b: brief\n\nbody\n", 17, false);
        policy_free(own);
    }
    arena_init(&arena, 0);
    if (settings_parse(&settings, &arena, text, size, "input") == 0)
        CHECK(*settings.upstream_remote && *settings.upstream_branch && settings.own);
    arena_done(&arena);
    return 0;
}
