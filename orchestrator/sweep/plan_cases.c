/* SPDX-License-Identifier: Apache-2.0 */
/* Which cases each cell has, asked of the workers; and the filter as text. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/sweep/plan_needs.h"
#include "orchestrator/triage/wildcard.h"

enum { STDERR_MAX = 64 << 10 };

static int compare_words(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_scope(struct buf *out, struct arena *arena, const char *key,
                      const struct opt_list *list) {
    if (!list->len)
        return;
    const char **sorted = arena_array(arena, list->len, sizeof(*sorted));
    memcpy(sorted, list->items, list->len * sizeof(*sorted));
    qsort(sorted, list->len, sizeof(*sorted), compare_words);
    buf_printf(out, "%s%s=", out->len ? ";" : "", key);
    for (size_t i = 0; i < list->len; i++)
        buf_printf(out, "%s%s", i ? "," : "", sorted[i]);
}

const char *plan_scope(struct arena *arena, const struct plan_filter *filter) {
    struct buf out;
    buf_init(&out, 8 << 20);
    add_scope(&out, arena, "backend", &filter->backend);
    add_scope(&out, arena, "case", &filter->cases);
    add_scope(&out, arena, "cell", &filter->cells);
    add_scope(&out, arena, "dtype", &filter->dtype);
    add_scope(&out, arena, "family", &filter->family);
    const char *scope = arena_strdup(arena, out.data);
    buf_done(&out);
    return scope;
}

static struct opt_list split(struct arena *arena, const char *text, size_t len) {
    struct opt_list list = {0};
    list.items = arena_array(arena, len + 1, sizeof(*list.items));
    for (size_t at = 0; at < len;) {
        const char *comma = memchr(text + at, ',', len - at);
        size_t word = comma ? (size_t)(comma - text) - at : len - at;
        list.items[list.len++] = arena_strndup(arena, text + at, word);
        at += word + 1;
    }
    return list;
}

#define FIELD(f) offsetof(struct plan_filter, f)
const struct opt plan_filter_opts[] = {
    {OPT_LIST, "family",  0,    FIELD(family),               "NAME", 0,               0,            "Only this family."      },
    {OPT_LIST, "backend", 0,    FIELD(backend),              "NAME", 0,               0,            "Only this backend."     },
    {OPT_LIST, "dtype",   0,    FIELD(dtype),                "NAME", 0,               0,            "Only this storage type."},
    {OPT_LIST, "cell",    0,    offsetof(struct plan_filter, cells), "NAME",          0,            0,
     "Only the cell of this name, as noctule plan has it."},
    {OPT_LIST,        "case",          0, FIELD(cases),                  "PATTERN",            0, 0,
     "Only cases whose id matches this shell pattern."                        },
    OPT_END_ROW,
};

struct plan_filter plan_scope_filter(struct arena *arena, const char *scope) {
    struct plan_filter filter = {0};
    const struct {
        const char *key;
        struct opt_list *into;
    } keys[] = {
        {"backend=", &filter.backend},
        {"case=",    &filter.cases  },
        {"cell=",    &filter.cells  },
        {"dtype=",   &filter.dtype  },
        {"family=",  &filter.family },
        {NULL,       NULL           }
    };
    while (*scope) {
        size_t len = strcspn(scope, ";");
        for (size_t i = 0; keys[i].key; i++) {
            size_t key = strlen(keys[i].key);
            if (strncmp(scope, keys[i].key, key) == 0)
                *keys[i].into = split(arena, scope + key, len - key);
        }
        scope += len + (scope[len] == ';');
    }
    return filter;
}

static bool matches(const struct opt_list *patterns, const char *name) {
    return patterns->len == 0 || wildcard_any(patterns->items, patterns->len, name);
}

/* The plan line, which is all that --list prints. */
static int read_list(struct plan *plan, struct plan_cell *c, const struct buf *out,
                     const struct plan_filter *filter) {
    struct event e;
    const char *end = memchr(out->data, '\n', out->len);
    if (!end || end + 1 != out->data + out->len)
        return err_set(ERR_FORMAT, "expected one line, found %zu bytes that are not", out->len);
    int rc = event_parse(&e, &plan->arena, out->data, (size_t)(end - out->data));
    if (rc == 0 && e.kind != EVENT_PLAN)
        rc = err_set(ERR_FORMAT, "the line is no plan");
    if (rc == 0 && e.case_count == 0)
        rc = err_set(ERR_FORMAT, "the plan has no cases");
    if (rc < 0)
        return rc;
    struct map seen;
    map_init(&seen, e.case_count);
    c->cases = e.cases;
    for (size_t i = 0; rc == 0 && i < e.case_count; i++) {
        if (!map_add(&seen, e.cases[i], strlen(e.cases[i]), 0))
            rc = err_set(ERR_FORMAT, "%s stands in the plan twice", e.cases[i]);
        else if (matches(&filter->cases, e.cases[i]))
            c->cases[c->case_count++] = e.cases[i];
    }
    map_done(&seen);
    if (rc < 0)
        c->case_count = 0;
    return rc;
}

static int ask(struct plan *plan, struct plan_cell *c, struct loop *loop, const bool *stop,
               const struct plan_filter *filter) {
    size_t n = 0;
    while (c->argv[n])
        n++;
    const char **argv = arena_array(&plan->arena, n + 2, sizeof(*argv));
    memcpy(argv, c->argv, n * sizeof(*argv));
    argv[n] = "--list";
    const struct proc_spec spec = {.argv = argv,
                                   .through = plan->through,
                                   .cwd = plan->config->root,
                                   .memory_bytes = c->suite->memory_bytes};
    struct buf out, err, fault;
    struct proc_exit ended = {0};
    buf_init(&out, EVENT_LINE_MAX);
    buf_init(&err, STDERR_MAX);
    buf_init(&fault, STDERR_MAX);
    int rc = proc_run(loop, &spec, c->suite->startup_ms, stop, &out, &err, &ended);
    if (rc == 0 && (ended.code != 0 || ended.signal != 0)) {
        plan_quote_end(&fault, &ended, &err);
    } else if (rc == 0) {
        rc = out.over ? err_set(ERR_LIMIT, "the list is longer than %d bytes", EVENT_LINE_MAX)
                      : read_list(plan, c, &out, filter);
    }
    if (rc < 0 && rc != ERR_STOPPED)
        buf_puts(&fault, err_text());
    if (fault.len)
        c->fault =
            arena_printf(&plan->arena, "the worker could not list its cases: %s", fault.data);
    buf_done(&out);
    buf_done(&err);
    buf_done(&fault);
    return rc == ERR_STOPPED ? rc : 0;
}

/* Ids of cases hold no axis, so those of one variant are those of another. */
static bool take_cases(const struct plan *plan, struct plan_cell *c) {
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_cell *other = &plan->cells[i];
        if (*other->na || !other->case_count || other->suite != c->suite ||
            strcmp(other->cell.family, c->cell.family) != 0)
            continue;
        c->cases = other->cases;
        c->case_count = other->case_count;
        return true;
    }
    return false;
}

/* Those that this machine has first: the others may take theirs. */
static int list_all(struct plan *plan, struct loop *loop, const bool *stop,
                    const struct plan_filter *filter, bool na) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->len; i++) {
        struct plan_cell *c = &plan->cells[i];
        if ((*c->na != '\0') == na && !*c->fault && !(na && take_cases(plan, c)))
            rc = ask(plan, c, loop, stop, filter);
    }
    return rc;
}

int plan_list_cases(struct plan *plan, struct loop *loop, const bool *stop,
                    const struct plan_filter *filter) {
    size_t cases = 0, faults = 0;
    int rc = list_all(plan, loop, stop, filter, false);
    if (rc == 0)
        rc = list_all(plan, loop, stop, filter, true);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < plan->len; i++) {
        cases += plan->cells[i].case_count;
        faults += *plan->cells[i].fault != '\0';
    }
    if (cases == 0 && faults == 0)
        return err_set(ERR_NOTFOUND, "no case matches %s",
                       filter->cases.len ? filter->cases.items[0] : "the filter");
    return 0;
}
