/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/sweep/diagnose.h"

enum { LAYER_MAX = 1000000 };

static const char *const kinds[] = {"kernel",    "params",     "weight",  "graph",   "cache",
                                    "tokenizer", "generation", "loading", "unknown", NULL};

/* It goes to terminals and into tables: one line, and not for ever. */
static int read_text(struct arena *arena, struct json at, const char *key, const char **out) {
    const char *text = "";
    int rc = json_opt_str(at, key, &text);
    if (rc < 0)
        return rc;
    size_t len = strlen(text);
    if (len > DIAGNOSE_TEXT_MAX)
        for (len = DIAGNOSE_TEXT_MAX; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
            len--; /* not within a character */
    char *kept = arena_strndup(arena, text, len);
    for (char *c = kept; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    *out = kept;
    return 0;
}

/* JSON cannot write what is not finite, so it may be a word. */
static int read_real(struct json at, const char *key, double *out) {
    struct json v = json_get(at, key);
    const char *word = "";
    *out = (double)NAN;
    if (json_type(v) != JSON_STRING)
        return json_opt_real(at, key, out);
    int rc = json_as_str(v, &word);
    if (rc == 0 && strcmp(word, "nan") != 0)
        *out = word[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    return rc;
}

static int check_kind(struct json at, const char *kind) {
    for (size_t i = 0; kinds[i]; i++)
        if (strcmp(kinds[i], kind) == 0)
            return 0;
    return json_fail(json_get(at, "kind"), "\"%.40s\" is no kind of a cause", kind);
}

static int read_fields(struct diagnosis *d, struct arena *arena, struct json at) {
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"kind",      &d->kind     },
        {"stage",     &d->stage    },
        {"op",        &d->op       },
        {"kernel",    &d->kernel   },
        {"shapes",    &d->shapes   },
        {"reference", &d->reference},
        {"message",   &d->message  },
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(*texts); i++)
        rc = read_text(arena, at, texts[i].key, texts[i].into);
    if (rc == 0)
        rc = check_kind(at, d->kind);
    if (rc == 0)
        rc = json_opt_int(at, "layer", 0, LAYER_MAX, &d->layer);
    if (rc == 0)
        rc = read_real(at, "nmse", &d->nmse);
    if (rc == 0)
        rc = read_real(at, "max_abs", &d->max_abs);
    return rc == 0 ? read_real(at, "limit", &d->limit) : rc;
}

static int read_object(struct diagnosis *d, struct arena *arena, struct json at,
                       const char *case_name) {
    const char *word = "";
    int rc = json_type(at) == JSON_OBJECT ? 0 : json_fail(at, "expected an object");
    if (rc == 0)
        rc = json_str(at, "event", &word);
    if (rc == 0 && strcmp(word, "diagnosis") != 0)
        rc = json_fail(json_get(at, "event"), "\"%.40s\" is no diagnosis", word);
    if (rc == 0)
        rc = json_str(at, "case", &word);
    if (rc == 0 && strcmp(word, case_name) != 0)
        rc = json_fail(json_get(at, "case"), "it is about another case than %s", case_name);
    return rc == 0 ? read_fields(d, arena, at) : rc;
}

int diagnose_parse(struct diagnosis *out, struct arena *arena, const char *text, size_t len,
                   const char *case_name) {
    struct diagnosis d = {.layer = -1, .error = ""};
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, "the diagnosis", 0);
    if (rc < 0)
        return rc;
    rc = read_object(&d, arena, json_root(doc), case_name);
    json_free(doc);
    if (rc == 0)
        *out = d;
    return rc;
}
