/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/finding.h"

#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/parse/rules.h"

/* What an attempt status says when no rule knows better. */
static const struct {
    const char *status, *class, *layer;
} by_status[] = {
    {"fail",     "assertion",    RULE_CODE   },
    {"numerics", "numerics",     RULE_CODE   },
    {"crash",    "crash",        RULE_CODE   },
    {"timeout",  "timeout",      RULE_CODE   },
    {"oom",      "memory-limit", RULE_CODE   },
    {"error",    "error",        RULE_TEST   },
    {"infra",    "infra",        RULE_INFRA  },
    {"not_run",  "not-run",      RULE_HARNESS},
    {NULL,       "unknown",      RULE_HARNESS},
};

static const char *text_or(const char *s, const char *other) {
    return s ? s : other;
}

static void from_status(struct finding *out, const char *status) {
    size_t i = 0;
    while (by_status[i].status && strcmp(by_status[i].status, status) != 0)
        i++;
    out->class = by_status[i].class;
    out->layer = by_status[i].layer;
}

/* The last FINDING_TAIL_LINES lines, at most FINDING_TAIL_MAX bytes, without trailing blanks. */
static const char *tail_of(struct arena *arena, const char *log, size_t len) {
    while (len > 0 && strchr(" \t\r\n", log[len - 1]))
        len--;
    size_t begin = len;
    for (int lines = 0; begin > 0 && len - begin < FINDING_TAIL_MAX; begin--)
        if (log[begin - 1] == '\n' && ++lines == FINDING_TAIL_LINES)
            break;
    return arena_strndup(arena, log + begin, len - begin);
}

static const char *last_line(const char *text) {
    const char *nl = strrchr(text, '\n');
    return nl ? nl + 1 : text;
}

/* A golden's key without the name of the input it belongs to: "prompt.logits" → "logits". */
static const char *stage_of(const char *key) {
    const char *dot = key ? strchr(key, '.') : NULL;
    return dot ? dot + 1 : text_or(key, "");
}

static const char *template_of(struct arena *arena, const struct finding *out,
                               const struct failure *f) {
    struct buf b;
    buf_init(&b, 64 << 10);
    buf_printf(&b, "%s|%s|%s|%s|%s|", text_or(f->status, ""), out->class, out->layer, out->rule,
               text_or(f->type, ""));
    if (f->status && strcmp(f->status, "numerics") == 0)
        buf_printf(&b, "%s %s", stage_of(f->worst_key), signature_bucket(f->nmse, f->limit));
    else
        signature_mask(&b, out->what);
    const char *text = arena_strdup(arena, b.data);
    buf_done(&b);
    return text;
}

void finding_sign(struct finding *f, struct arena *arena, const struct failure *of) {
    f->template = template_of(arena, f, of);
    signature_hash(f->template, f->signature);
}

void finding_make(struct finding *out, struct arena *arena, const struct rules *rules,
                  const struct failure *f) {
    struct rule_match match;
    const char *message = text_or(f->message, "");
    memset(out, 0, sizeof(*out));
    from_status(out, text_or(f->status, ""));
    out->rule = "";
    out->tail = "";
    out->location = f->worst_key ? arena_strdup(arena, f->worst_key) : "";
    out->what = arena_strdup(arena, message);
    if (rules_match(rules, arena, f->message, f->log, f->log_len, &match)) {
        out->rule = match.rule->id;
        out->rule_version = match.rule->version;
        out->class = match.rule->class;
        out->layer = match.rule->layer;
        out->what = match.what;
        if (match.location[0])
            out->location = match.location;
    } else if (f->log_len > 0) {
        out->tail = tail_of(arena, f->log, f->log_len);
        if (!message[0])
            out->what = last_line(out->tail);
    }
    if (!out->what[0] && f->signal)
        out->what = arena_printf(arena, "killed by %s", strsignal(f->signal));
    finding_sign(out, arena, f);
}
