/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/findings.h"

#include "engine/base/buf.h"
#include "engine/base/help.h"
#include "engine/base/json.h"
#include "orchestrator/policy/kind.h"
#include "orchestrator/policy/policy.h"
#include "orchestrator/policy/preset.h"

enum { SHORT_ID = 12, KIND_COLUMN = 14 };

void findings_print(struct buf *out, const struct findings *f) {
    for (size_t i = 0; i < f->len; i++) {
        const struct violation *v = &f->rows[i];
        if (*v->commit)
            buf_printf(out, "%.*s ", SHORT_ID, v->commit);
        buf_puts(out, v->place);
        if (v->line)
            buf_printf(out, ":%zu", v->line);
        buf_printf(out, ": %s%s: %s\n    mend: %s\n", v->warning ? "warning: " : "", v->rule,
                   v->text, v->mend);
    }
    size_t told = f->errors + f->warnings;
    if (told > f->len)
        buf_printf(out, "and %zu more\n", told - f->len);
}

void findings_sum(struct buf *out, const struct view_range *r, const struct findings *f) {
    buf_printf(out, "%zu rule%s, %zu commit%s: %zu error%s", f->rules, f->rules == 1 ? "" : "s",
               r->len, r->len == 1 ? "" : "s", f->errors, f->errors == 1 ? "" : "s");
    if (f->warnings)
        buf_printf(out, ", %zu warning%s", f->warnings, f->warnings == 1 ? "" : "s");
    for (size_t i = 0; i < f->not_asked_len; i++)
        buf_printf(out, "%s %s",
                   i ? "," : "; not asked, for what they need is not here:", f->not_asked[i]);
    if (f->changed)
        buf_printf(out, "; %s", f->changed);
    buf_putc(out, '\n');
}

void findings_json(struct json_writer *w, const struct view_range *r, const struct findings *f) {
    json_put_int(w, "rules", (int64_t)f->rules);
    json_put_int(w, "commits", (int64_t)r->len);
    json_put_int(w, "asked", (int64_t)f->asked);
    json_put_int(w, "errors", (int64_t)f->errors);
    json_put_int(w, "warnings", (int64_t)f->warnings);
    json_open_array(w, "violations");
    for (size_t i = 0; i < f->len; i++) {
        const struct violation *v = &f->rows[i];
        json_open_object(w, NULL);
        json_put_str(w, "rule", v->rule);
        json_put_str(w, "kind", v->kind);
        json_put_str(w, "level", v->warning ? "warning" : "error");
        json_put_str(w, "commit", v->commit);
        json_put_str(w, "place", v->place);
        json_put_int(w, "line", (int64_t)v->line);
        json_put_str(w, "text", v->text);
        json_put_str(w, "mend", v->mend);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "not_asked");
    for (size_t i = 0; i < f->not_asked_len; i++)
        json_put_str(w, NULL, f->not_asked[i]);
    json_close_array(w);
    if (f->changed)
        json_put_str(w, "changed", f->changed);
}

void findings_kinds(struct buf *out) {
    static const char *const types[] = {
        [PARAM_STR] = "text",           [PARAM_INT] = "number",
        [PARAM_BOOL] = "true or false", [PARAM_WORDS] = "list",
        [PARAM_PATHS] = "paths",        [PARAM_GLOBS] = "globs",
        [PARAM_PATTERN] = "PCRE2",      [PARAM_PATTERNS] = "PCRE2s",
        [PARAM_BANNED] = "words",       [PARAM_TRAILERS] = "trailers",
        [PARAM_COMMANDS] = "commands",
    };
    buf_puts(out, "kinds of rules:\n");
    for (const struct kind *const *k = kind_table; *k; k++) {
        help_row(out, KIND_COLUMN, (*k)->name, (*k)->summary);
        for (const struct param *row = (*k)->params; row->key; row++)
            buf_printf(out, "%*s%s (%s)%s", row == (*k)->params ? KIND_COLUMN : 0, "", row->key,
                       types[row->type], row[1].key ? ", " : "\n");
    }
    buf_puts(out, "\npresets:");
    for (const struct preset *p = preset_table; p->name; p++)
        buf_printf(out, " %s", p->name);
    buf_putc(out, '\n');
}
