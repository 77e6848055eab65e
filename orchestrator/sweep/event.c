/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/event.h"

#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "orchestrator/parse/colour.h"
#include "orchestrator/sweep/plan.h"

enum { COUNT_MAX = 1 << 30, INDEX_BYTES = 256 };

bool event_is_case_name(const char *name) {
    size_t len = strlen(name);
    if (len == 0 || len > EVENT_CASE_MAX || name[0] == ' ' || name[0] == '-' ||
        name[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

void event_quote(struct buf *out, const char *line, size_t len, size_t max) {
    for (size_t i = 0, n; i < len && i < max; i += n) {
        uint32_t cp;
        n = utf8_decode(line + i, len - i, &cp);
        bool plain = n > 0 && cp >= 0x20 && cp != 0x7f;
        if (n == 0)
            n = 1;
        if (plain)
            buf_add(out, line + i, n);
        else
            buf_printf(out, "\\x%02x", (unsigned char)line[i]);
    }
    if (len > max)
        buf_puts(out, "…");
}

static int check_case_name(struct json v, const char *name) {
    if (event_is_case_name(name))
        return 0;
    return json_fail(v,
                     "is no id of a case: 1 to %d bytes without control characters, no blank at "
                     "either end and no - at its begin",
                     EVENT_CASE_MAX);
}

static int read_case_name(struct event *e, struct arena *arena, struct json root) {
    const char *name;
    int rc = json_str(root, "case", &name);
    if (rc == 0)
        rc = check_case_name(json_get(root, "case"), name);
    if (rc == 0)
        e->case_name = arena_strdup(arena, name);
    return rc;
}

static int read_plan(struct event *e, struct arena *arena, struct json root) {
    int64_t schema;
    struct json list = {0};
    int rc = json_int(root, "schema", 1, 1, &schema);
    if (rc == 0)
        rc = json_array(root, "cases", &list);
    if (rc == 0 && json_len(list) > PLAN_CASES_MAX)
        rc = json_fail(list, "has %zu cases; at most %d", json_len(list), PLAN_CASES_MAX);
    if (rc < 0)
        return rc;
    e->cases = arena_array(arena, json_len(list), sizeof(*e->cases));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *name;
        rc = json_as_str(v, &name);
        if (rc == 0)
            rc = check_case_name(v, name);
        if (rc == 0)
            e->cases[e->case_count++] = arena_strdup(arena, name);
    }
    return rc;
}

/* What a terminal would act on is no part of a sentence: colours are left out, other control
 * characters but newline and tab are blanks. */
static const char *plain_text(struct arena *arena, const char *text) {
    char *plain = arena_strdup(arena, text), *to = plain;
    const char *end = text + strlen(text);
    while (*text) {
        size_t skip = colour_len(text, end);
        unsigned char c = (unsigned char)*text;
        if (!skip)
            *to++ = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? ' ' : *text;
        text += skip ? skip : 1;
    }
    *to = '\0';
    return plain;
}

static int read_text(struct arena *arena, struct json at, const char *key, const char **out) {
    const char *text = "";
    int rc = json_opt_str(at, key, &text);
    if (rc == 0 && strlen(text) > EVENT_TEXT_MAX)
        rc = json_fail(json_get(at, key), "is longer than %d bytes", EVENT_TEXT_MAX);
    if (rc == 0)
        *out = plain_text(arena, text);
    return rc;
}

/* A number, or one of the words that stand for what JSON cannot write. */
static int read_real(struct json at, const char *key, double *out) {
    struct json v = json_get(at, key);
    const char *word;
    if (json_type(v) != JSON_STRING)
        return json_opt_real(at, key, out);
    int rc = json_as_str(v, &word);
    if (rc < 0)
        return rc;
    if (strcmp(word, "nan") == 0)
        *out = (double)NAN;
    else if (strcmp(word, "inf") == 0)
        *out = (double)INFINITY;
    else if (strcmp(word, "-inf") == 0)
        *out = -(double)INFINITY;
    else
        return json_fail(v, "\"%s\" is no number", word);
    return 0;
}

static int read_worst(struct attempt *a, struct arena *arena, struct json root) {
    struct json worst = json_get(root, "worst"), index;
    if (!json_exists(worst))
        return 0;
    struct buf text;
    buf_init(&text, INDEX_BYTES);
    int rc = read_text(arena, worst, "key", &a->worst_key);
    index = json_get(worst, "index");
    for (struct json v = json_first(index); rc == 0 && v.node; v = json_next(v)) {
        int64_t i;
        rc = json_as_int(v, 0, INT64_C(1) << 53, &i);
        buf_printf(&text, "%s%lld", text.len ? "," : "[", rc == 0 ? (long long)i : 0);
    }
    if (rc == 0 && text.len)
        a->worst_index = arena_printf(arena, "%s]", text.data);
    buf_done(&text);
    if (rc == 0)
        rc = read_real(worst, "got", &a->worst_got);
    return rc == 0 ? read_real(worst, "want", &a->worst_want) : rc;
}

static int read_route(struct attempt *a, struct json root) {
    struct json route = json_get(root, "route");
    int rc = json_opt_int(route, "native", 0, COUNT_MAX, &a->native);
    if (rc == 0)
        rc = json_opt_int(route, "composite", 0, COUNT_MAX, &a->composite);
    return rc == 0 ? json_opt_int(route, "reference", 0, COUNT_MAX, &a->reference) : rc;
}

/* What a worker may say of a case that it ran to the end. */
static int read_status(struct attempt *a, struct json root) {
    const char *word;
    int rc = json_str(root, "status", &word);
    if (rc < 0)
        return rc;
    a->status = verdict_attempt_find(word);
    static const bool its[ATTEMPT_COUNT] = {
        [ATTEMPT_PASS] = true,  [ATTEMPT_FAIL] = true,    [ATTEMPT_NUMERICS] = true,
        [ATTEMPT_ERROR] = true, [ATTEMPT_NA] = true,      [ATTEMPT_XFAIL] = true,
        [ATTEMPT_XPASS] = true, [ATTEMPT_TIMEOUT] = true, [ATTEMPT_CRASH] = true};
    return its[a->status]
               ? 0
               : json_fail(json_get(root, "status"), "\"%s\" is no status of a worker", word);
}

/* There is no silent skip, and no check that ran nothing. */
static int check_result(struct attempt *a, struct json root, struct arena *arena) {
    const char *reason = "";
    int rc = read_text(arena, root, "reason", &reason);
    if (rc < 0)
        return rc;
    if ((a->status == ATTEMPT_NA || a->status == ATTEMPT_XFAIL) && *reason)
        a->message = reason;
    if (a->status == ATTEMPT_NA && !*a->message) {
        a->status = ATTEMPT_ERROR;
        a->message = "the worker called the case not applicable and gave no reason";
    } else if ((a->status == ATTEMPT_PASS || a->status == ATTEMPT_XPASS) && a->compared <= 0) {
        a->status = ATTEMPT_ERROR;
        a->message = "the worker called it a pass and had compared nothing";
    } else if (a->status != ATTEMPT_PASS && !*a->message) {
        a->message = "the worker did not say why";
    }
    return 0;
}

/* How a process of the worker's own ended that it ran for the case; for a crash only. */
static int read_death(struct attempt *a, struct json root) {
    int64_t exit_code = -1, signal = 0;
    int rc = json_opt_int(root, "exit", 0, 255, &exit_code);
    if (rc == 0)
        rc = json_opt_int(root, "signal", 1, 64, &signal);
    bool crash = a->status == ATTEMPT_CRASH;
    a->exit_code = crash ? (int)exit_code : -1;
    a->signal = crash ? (int)signal : 0;
    return rc;
}

static int read_result(struct event *e, struct arena *arena, struct json root) {
    struct attempt *a = &e->result;
    a->nmse = a->nmse_limit = a->max_abs = a->worst_got = a->worst_want = (double)NAN;
    a->cpu_ms = (double)NAN;
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"message",       &a->message      },
        {"tolerance",     &a->tolerance    },
        {"golden_sha256", &a->golden_sha256},
        {"requested",     &a->requested    },
        {"actual",        &a->actual       },
        {"type",          &e->type         },
        {"ref",           &e->ref          },
        {NULL,            NULL             }
    };
    const struct {
        const char *key;
        double *into;
    } reals[] = {
        {"ms",         &a->ms        },
        {"cpu_ms",     &a->cpu_ms    },
        {"nmse",       &a->nmse      },
        {"nmse_limit", &a->nmse_limit},
        {"max_abs",    &a->max_abs   },
        {NULL,         NULL          }
    };
    const char *log = "";
    int rc = read_status(a, root);
    if (rc == 0)
        rc = read_death(a, root);
    if (rc == 0)
        rc = json_opt_str(root, "log", &log);
    e->log = arena_strdup(arena, log);
    for (size_t i = 0; rc == 0 && texts[i].key; i++)
        rc = read_text(arena, root, texts[i].key, texts[i].into);
    for (size_t i = 0; rc == 0 && reals[i].key; i++)
        rc = read_real(root, reals[i].key, reals[i].into);
    if (rc == 0 && (a->cpu_ms < 0 || isinf(a->cpu_ms)))
        rc = json_fail(json_get(root, "cpu_ms"), "is no time that anything takes");
    a->worst_key = a->worst_index = "";
    if (rc == 0)
        rc = json_opt_int(root, "compared", 0, INT64_C(1) << 53, &a->compared);
    if (rc == 0)
        rc = read_worst(a, arena, root);
    if (rc == 0)
        rc = read_route(a, root);
    return rc == 0 ? check_result(a, root, arena) : rc;
}

/* Without a calibration the times of the worker are compared with no others. */
static int read_done(struct event *e, struct json root) {
    struct json calibration = json_get(root, "calibration");
    int64_t count = 0;
    int rc = json_int(root, "cases", 0, COUNT_MAX, &count);
    e->case_count = (size_t)count;
    if (rc < 0 || !json_exists(calibration))
        return rc;
    rc = json_real(calibration, "ms", &e->calibration_ms);
    if (rc == 0)
        rc = json_int(calibration, "version", 1, COUNT_MAX, &e->calibration);
    if (rc == 0 && !(e->calibration_ms > 0 && isfinite(e->calibration_ms)))
        rc = json_fail(json_get(calibration, "ms"), "is no time that anything takes");
    return rc;
}

static int read_event(struct event *e, struct arena *arena, struct json root) {
    const char *kind;
    int rc = json_type(root) == JSON_OBJECT ? 0 : json_fail(root, "expected an object");
    if (rc == 0)
        rc = json_str(root, "event", &kind);
    if (rc < 0)
        return rc;
    if (strcmp(kind, "plan") == 0) {
        e->kind = EVENT_PLAN;
        return read_plan(e, arena, root);
    }
    if (strcmp(kind, "done") == 0) {
        e->kind = EVENT_DONE;
        return read_done(e, root);
    }
    bool started = strcmp(kind, "started") == 0;
    if (!started && strcmp(kind, "result") != 0)
        return json_fail(json_get(root, "event"), "\"%s\" is no event of a worker", kind);
    e->kind = started ? EVENT_STARTED : EVENT_RESULT;
    rc = read_case_name(e, arena, root);
    return rc == 0 && !started ? read_result(e, arena, root) : rc;
}

int event_parse(struct event *out, struct arena *arena, const char *line, size_t len) {
    struct event e = {.type = "", .ref = "", .log = ""};
    struct json_doc *doc;
    int rc = json_parse(&doc, line, len, "a worker's event", 0);
    if (rc < 0)
        return rc;
    rc = read_event(&e, arena, json_root(doc));
    json_free(doc);
    if (rc == 0)
        *out = e;
    return rc;
}
