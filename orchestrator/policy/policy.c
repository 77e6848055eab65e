/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/policy.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/nearest.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/kind.h"
#include "orchestrator/policy/params.h"
#include "orchestrator/policy/preset.h"

enum { BYTES_MAX = 1 << 20, NESTED_MAX = 4, ID_MAX = 64, PATH_BYTES_MAX = 4096 };

/* What any row may say beside the parameters of its kind. */
#define COMMON "kind id off level ignore merges mend"

struct row {
    const char *id, *mend;
    const char *text; /* as it was written, in one line */
    const struct kind *kind;
    void *params;
    struct pattern *ignore; /* subjects of commits that it does not look at; NULL = none */
    bool merges;            /* it looks at merges too */
    bool warning, preset;
};

struct policy {
    struct arena arena;
    struct params_patterns patterns;
    struct row *rows; /* [len] of POLICY_RULES_MAX */
    size_t len;
    const char *prefix;
    const char **files; /* from the top */
    size_t file_count;
};

/* One file being read. */
struct source {
    struct policy *p;
    policy_reader *read;
    const void *ctx;
    int depth; /* 0 = the project's own */
};

static const struct kind *find_kind(const char *name) {
    for (const struct kind *const *k = kind_table; *k; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

static int unknown_kind(struct json v, const char *name) {
    struct nearest near;
    nearest_init(&near, name);
    for (const struct kind *const *k = kind_table; *k; k++)
        nearest_offer(&near, (*k)->name);
    return json_fail(v, "\"%s\" is no kind of rule%s%s%s; noctule check --kinds lists them", name,
                     near.best ? "; did you mean \"" : "", near.best ? near.best : "",
                     near.best ? "\"?" : "");
}

static struct row *find_row(struct policy *p, const char *id) {
    for (size_t i = 0; i < p->len; i++)
        if (strcmp(p->rows[i].id, id) == 0)
            return &p->rows[i];
    return NULL;
}

static int read_common(const struct source *s, struct json at, struct row *out) {
    const char *level = "error", *ignore = NULL, *mend = NULL;
    int rc = json_opt_str(at, "level", &level);
    if (rc == 0 && strcmp(level, "error") != 0 && strcmp(level, "warning") != 0)
        rc = json_fail(json_member(at, "level"), "is \"error\" or \"warning\", not \"%s\"", level);
    if (rc == 0)
        rc = json_opt_str(at, "ignore", &ignore);
    if (rc == 0)
        rc = json_opt_str(at, "mend", &mend);
    if (rc == 0)
        rc = json_opt_bool(at, "merges", &out->merges);
    if (rc == 0 && ignore)
        rc = params_pattern(&out->ignore, json_member(at, "ignore"), ignore, 0, &s->p->patterns);
    out->warning = strcmp(level, "warning") == 0;
    out->mend = mend ? arena_strdup(&s->p->arena, mend) : NULL;
    return rc;
}

/* Where a row of that id goes: in the place of a preset's, or behind the others. */
static int place_row(const struct source *s, struct json at, const char *id, struct row **out) {
    struct row *old = find_row(s->p, id);
    if (old && (s->depth > 0 || !old->preset))
        return json_fail(at, "\"%s\" is the id of two rules; \"id\" tells them apart", id);
    if (!old && s->p->len == POLICY_RULES_MAX)
        return json_fail(at, "there are more than %d rules", POLICY_RULES_MAX);
    *out = old ? old : &s->p->rows[s->p->len++];
    return 0;
}

static int remove_row(const struct source *s, struct json at, const char *id) {
    struct row *old = find_row(s->p, id);
    if (!old)
        return json_fail(at, "there is no rule \"%s\" to switch off", id);
    memmove(old, old + 1, (size_t)(s->p->rows + s->p->len - (old + 1)) * sizeof(*old));
    s->p->len--;
    return 0;
}

static const char *text_of(const struct source *s, struct json at) {
    struct json_writer w;
    struct buf text;
    buf_init(&text, 2 * BYTES_MAX);
    json_writer_init(&w, &text, 0);
    json_put_json(&w, NULL, at);
    const char *copy = arena_strdup(&s->p->arena, text.data);
    buf_done(&text);
    return copy;
}

static int read_rule(const struct source *s, struct json at) {
    const char *name = "", *id = NULL;
    bool off = false;
    struct row row = {.merges = true, .preset = s->depth > 0}, *place = NULL;
    int rc = json_opt_str(at, "id", &id);
    if (rc == 0)
        rc = json_opt_bool(at, "off", &off);
    if (rc < 0)
        return rc;
    if (!off || !id)
        rc = json_str(at, "kind", &name);
    if (rc < 0)
        return rc;
    if (off)
        return remove_row(s, at, id ? id : name);
    row.kind = find_kind(name);
    if (!row.kind)
        return unknown_kind(json_member(at, "kind"), name);
    id = id ? id : name;
    if (!*id || strlen(id) > ID_MAX)
        return json_fail(at, "\"%s\" is no id: 1 to %d bytes are", id, ID_MAX);
    row.id = arena_strdup(&s->p->arena, id);
    row.text = text_of(s, at);
    rc = read_common(s, at, &row);
    if (rc == 0)
        rc = params_read(&row.params, row.kind, at, COMMON, &s->p->arena, &s->p->patterns);
    if (rc == 0)
        rc = place_row(s, at, row.id, &place);
    if (place)
        *place = row;
    return rc;
}

static int read_text(const struct source *s, const char *text, size_t len, const char *name);

static int read_preset(const struct source *s, struct json at) {
    const char *name = "", *text = "";
    size_t len = 0;
    int rc = json_str(at, "preset", &name);
    const struct source inner = {s->p, s->read, s->ctx, s->depth + 1};
    if (rc == 0 && json_len(at) != 1)
        rc = json_fail(at, "beside \"preset\" nothing is looked at");
    if (rc == 0 && s->depth == NESTED_MAX)
        rc = json_fail(at, "presets stand in each other more than %d deep", NESTED_MAX);
    if (rc < 0)
        return rc;
    if (!strchr(name, '/') && !strchr(name, '.')) {
        const struct preset *p = preset_table;
        while (p->name && strcmp(p->name, name) != 0)
            p++;
        return p->name
                   ? read_text(&inner, p->text, p->len, p->name)
                   : json_fail(at, "there is no preset \"%s\"; noctule check --kinds lists them",
                               name);
    }
    rc = s->read(s->ctx, &s->p->arena, name, &text, &len);
    return rc == 0 ? read_text(&inner, text, len, name) : rc;
}

static int read_rows(const struct source *s, struct json root) {
    struct json list = json_member(root, "rules");
    int rc = 0;
    if (json_type(root) != JSON_OBJECT)
        return json_fail(root, "expected an object");
    if (!json_exists(list))
        return 0;
    if (json_type(list) != JSON_ARRAY)
        return json_fail(list, "expected a list of rules");
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        if (json_type(v) != JSON_OBJECT)
            rc = json_fail(v, "expected a rule: an object with \"kind\" or \"preset\"");
        else
            rc = json_exists(json_member(v, "preset")) ? read_preset(s, v) : read_rule(s, v);
    }
    return rc;
}

static int read_text(const struct source *s, const char *text, size_t len, const char *name) {
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, name, JSON_COMMENTS);
    if (rc < 0)
        return rc;
    rc = read_rows(s, json_root(doc));
    json_free(doc);
    return rc;
}

static void gather_files(struct policy *p) {
    p->file_count = 0;
    for (size_t i = 0; i < p->len; i++) {
        const struct row *row = &p->rows[i];
        const char *const *paths = row->kind->files ? row->kind->files(row->params) : NULL;
        size_t n = 0;
        while (paths && paths[n])
            n++;
        const char **all = arena_array(&p->arena, p->file_count + n, sizeof(*all));
        for (size_t k = 0; k < p->file_count; k++)
            all[k] = p->files[k];
        for (size_t k = 0; k < n; k++)
            all[p->file_count + k] = arena_printf(&p->arena, "%s%s", p->prefix, paths[k]);
        p->files = all;
        p->file_count += n;
    }
}

int policy_parse_from(struct policy **out, const char *text, size_t len, const char *name,
                      policy_reader *read, const void *ctx) {
    struct policy *p = xcalloc(1, sizeof(*p));
    const struct source s = {p, read, ctx, 0};
    arena_init(&p->arena, 0);
    p->prefix = "";
    p->rows = arena_array(&p->arena, POLICY_RULES_MAX, sizeof(*p->rows));
    int rc = read_text(&s, text, len, name);
    if (rc < 0) {
        policy_free(p);
        return rc;
    }
    gather_files(p);
    *out = p;
    return 0;
}

/* ctx: the folder where paths begin. */
static int read_disk(const void *ctx, struct arena *arena, const char *path, const char **text,
                     size_t *len) {
    struct file file;
    struct buf full;
    buf_init(&full, PATH_BYTES_MAX);
    int rc = file_read(&file, file_join(&full, ctx, path), BYTES_MAX);
    if (rc == 0) {
        *len = file.size;
        *text = arena_strndup(arena, (const char *)file.data, file.size);
        file_done(&file);
    }
    buf_done(&full);
    return rc;
}

int policy_parse(struct policy **out, const char *text, size_t len, const char *name,
                 const char *folder) {
    return policy_parse_from(out, text, len, name, read_disk, folder);
}

int policy_load(struct policy **out, const char *path) {
    struct file text;
    int rc = file_read(&text, path, BYTES_MAX);
    if (rc < 0)
        return rc;
    char *folder = xstrndup(path, (size_t)(file_base_name(path) - path));
    rc = policy_parse(out, (const char *)text.data, text.size, path, folder);
    free(folder);
    file_done(&text);
    return rc;
}

void policy_place(struct policy *p, const char *prefix) {
    p->prefix = arena_strdup(&p->arena, prefix);
    gather_files(p);
}

static bool has_row(const struct policy *p, const struct policy *of, const struct row *row) {
    for (size_t i = 0; i < p->len; i++)
        if (strcmp(p->rows[i].id, row->id) == 0)
            return strcmp(p->rows[i].text, row->text) == 0 && strcmp(p->prefix, of->prefix) == 0;
    return false;
}

static const char *name_row(struct arena *arena, const char *names, const char *id) {
    return arena_printf(arena, "%s%s\"%s\"", names ? names : "", names ? ", " : "", id);
}

const char *policy_compare(const struct policy *a, const struct policy *b, struct arena *arena) {
    const char *names = NULL;
    for (size_t i = 0; i < a->len; i++)
        if (!has_row(b, a, &a->rows[i]))
            names = name_row(arena, names, a->rows[i].id);
    for (size_t i = 0; i < b->len; i++) {
        bool named = false;
        for (size_t k = 0; k < a->len; k++)
            named |= strcmp(a->rows[k].id, b->rows[i].id) == 0;
        if (!named)
            names = name_row(arena, names, b->rows[i].id);
    }
    return names;
}

void policy_subtract(struct policy *p, const struct policy *of) {
    size_t len = 0;
    for (size_t i = 0; i < p->len; i++)
        if (!has_row(of, p, &p->rows[i]))
            p->rows[len++] = p->rows[i];
    p->len = len;
    gather_files(p);
}

void policy_free(struct policy *p) {
    if (!p)
        return;
    params_patterns_done(&p->patterns);
    arena_done(&p->arena);
    free(p);
}

size_t policy_len(const struct policy *p) {
    return p->len;
}

unsigned policy_needs(const struct policy *p) {
    unsigned needs = 0;
    for (size_t i = 0; i < p->len; i++)
        needs |= p->rows[i].kind->needs;
    return needs;
}

const char *const *policy_files(const struct policy *p, size_t *count) {
    *count = p->file_count;
    return p->files;
}

const char ***policy_builds(const struct policy *p) {
    for (size_t i = 0; i < p->len; i++)
        if (p->rows[i].kind->needs & VIEW_BUILD)
            return *(const char ****)p->rows[i].params;
    return NULL;
}

static bool is_ignored(const struct row *row, const struct view *v) {
    size_t begin, end;
    bool given_up = false;
    if (v->merge && !row->merges)
        return true;
    if (!row->ignore || !(v->parts & VIEW_MESSAGE) || v->message.count == 0)
        return false;
    const struct message_line *subject = &v->message.lines[0];
    return pattern_find(row->ignore, subject->text, subject->len, 0, &begin, &end, &given_up);
}

static void not_asked(struct finder *f, const char *rule) {
    struct findings *out = f->out;
    for (size_t i = 0; i < out->not_asked_len; i++)
        if (strcmp(out->not_asked[i], rule) == 0)
            return;
    out->not_asked[out->not_asked_len++] = rule;
}

/* The findings outlive the policy. */
static void begin_rule(struct finder *f, const struct row *row) {
    f->rule = arena_strdup(f->arena, row->id);
    f->kind = row->kind->name;
    f->mend = row->mend ? arena_strdup(f->arena, row->mend) : row->kind->mend;
    f->warning = row->warning;
}

static void check_range(const struct row *row, const struct view_range *range, struct finder *f) {
    const struct view *last = range->len ? &range->commits[range->len - 1] : NULL;
    begin_rule(f, row);
    f->commit = last ? last->id : "";
    if (!last || row->kind->needs & ~last->parts) {
        not_asked(f, f->rule);
        return;
    }
    f->out->asked++;
    row->kind->check_range(row->params, range, f);
}

void policy_check(const struct policy *p, struct arena *arena, const struct view_range *range,
                  struct findings *out) {
    struct finder f = {.arena = arena, .out = out, .prefix = p->prefix};
    *out =
        (struct findings){.rules = p->len, .not_asked = arena_array(arena, p->len, sizeof(char *))};
    for (size_t i = 0; i < range->len; i++)
        for (size_t k = 0; k < p->len; k++) {
            const struct row *row = &p->rows[k];
            const struct view *v = &range->commits[i];
            if (!row->kind->check || is_ignored(row, v))
                continue;
            begin_rule(&f, row);
            f.commit = v->id;
            if (row->kind->needs & ~v->parts) {
                not_asked(&f, f.rule);
                continue;
            }
            out->asked++;
            row->kind->check(row->params, v, &f);
        }
    for (size_t k = 0; k < p->len; k++)
        if (p->rows[k].kind->check_range)
            check_range(&p->rows[k], range, &f);
}
