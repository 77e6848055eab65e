/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a sandbox: names of levels and of what is seen, for people and for records. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/proc/sandbox.h"

struct level_row {
    enum sandbox_level level;
    const char *name, *text;
};
static const struct level_row levels[] = {
#define X(name, code, word, text) {SANDBOX_##name, word, text},
    SANDBOX_LEVEL_MAP(X)
#undef X
};
enum { LEVELS = sizeof(levels) / sizeof(*levels) };

const char *sandbox_level_name(enum sandbox_level level) {
    for (size_t i = 0; i < LEVELS; i++)
        if (levels[i].level == level)
            return levels[i].name;
    return "none";
}

static const struct {
    const char *name, *text;
} sights[] = {
#define X(name, word, text) {word, text},
    SANDBOX_SIGHT_MAP(X)
#undef X
};

const char *sandbox_sight_name(enum sandbox_sight sight) {
    return sights[sight].name;
}

const char *sandbox_sight_text(enum sandbox_sight sight) {
    return sights[sight].text;
}

int sandbox_level_parse(enum sandbox_level *out, const char *word) {
    struct buf names;
    for (size_t i = 0; i < LEVELS; i++)
        if (strcmp(levels[i].name, word) == 0) {
            *out = levels[i].level;
            return 0;
        }
    buf_init(&names, 1024);
    for (size_t i = 0; i < LEVELS; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", levels[i].name);
    int rc = err_set(ERR_ARG, "there is no sandbox level \"%s\"; there are %s", word, names.data);
    buf_done(&names);
    return rc;
}

void sandbox_describe(struct buf *out, const struct sandbox_report *report) {
    for (size_t i = 0; i < LEVELS; i++)
        if (levels[i].level == report->level)
            buf_printf(out, "%s (%s)", levels[i].name, levels[i].text);
    if (report->landlock_abi)
        buf_printf(out, ", Landlock ABI %d", report->landlock_abi);
    if (report->witness.there)
        buf_puts(out, ", a witness");
    else if (report->witness.why_not[0])
        buf_printf(out, ", no witness (%s)", report->witness.why_not);
}

void sandbox_put(struct json_writer *w, const struct sandbox_report *r) {
    json_put_str(w, "level", sandbox_level_name(r->level));
    json_put_int(w, "landlock_abi", r->landlock_abi);
    json_put_str(w, "cut", r->cut[0] ? r->cut : NULL);
    json_put_int(w, "exit", r->code);
    json_put_int(w, "signal", r->signal);
    json_put_int(w, "leftovers", r->leftovers);
    json_put_int(w, "processes", r->processes);
    json_put_int(w, "memory_kib", r->memory_kib);
    json_put_int(w, "output_bytes", r->output_bytes);
    json_put_real(w, "wall_ms", r->wall_ms);
    json_put_real(w, "cpu_ms", r->cpu_ms);
    json_put_bool(w, "witness", r->witness.there);
    json_put_str(w, "no_witness", r->witness.why_not[0] ? r->witness.why_not : NULL);
    json_open_array(w, "seen");
    for (int s = 0; s < SANDBOX_SIGHTS; s++) {
        const struct sandbox_seen *first = r->witness.first[s];
        for (int i = 0; i < SANDBOX_FIRST && first[i].what[0]; i++) {
            json_open_object(w, NULL);
            json_put_str(w, "name", sandbox_sight_name((enum sandbox_sight)s));
            json_put_str(w, "program", first[i].program);
            json_put_str(w, "what", first[i].what);
            json_put_int(w, "times", r->witness.times[s]);
            json_close_object(w);
        }
    }
    json_close_array(w);
}
