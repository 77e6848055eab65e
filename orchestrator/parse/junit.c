/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/junit.h"

#include <expat.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum { CASES_FIRST = 16, CHUNK = 1 << 20 };

struct reader {
    XML_Parser xml;
    struct arena *arena;
    struct junit *out;
    size_t cap;
    int depth;
    int case_depth;    /* of the open testcase; 0 = none */
    int text_depth;    /* of the element whose text is wanted; 0 = none */
    const char **into; /* where that goes */
    struct buf text;
    size_t texts; /* bytes of all texts */
    int failed;   /* ERR_ of a fault of ours, told by err_text() */
};

static void fail(struct reader *r, int code, const char *what) {
    if (r->failed)
        return;
    r->failed = err_set(code, "line %lu: %s", XML_GetCurrentLineNumber(r->xml), what);
    XML_StopParser(r->xml, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return "";
}

static double seconds_of(const char *text) {
    double s = strtod(text, NULL);
    return isfinite(s) && s > 0 ? s : 0;
}

static void begin_case(struct reader *r, const char **attributes) {
    struct junit *out = r->out;
    if (out->len == JUNIT_CASES_MAX) {
        fail(r, ERR_LIMIT, "there are too many test cases");
        return;
    }
    if (out->len == r->cap) {
        r->cap = r->cap ? r->cap * 2 : CASES_FIRST;
        struct junit_case *more = arena_array(r->arena, r->cap, sizeof(*more));
        if (out->len)
            memcpy(more, out->cases, out->len * sizeof(*more));
        out->cases = more;
    }
    r->case_depth = r->depth;
    out->cases[out->len++] =
        (struct junit_case){.name = arena_strdup(r->arena, attribute(attributes, "name")),
                            .classname = arena_strdup(r->arena, attribute(attributes, "classname")),
                            .seconds = seconds_of(attribute(attributes, "time")),
                            .message = "",
                            .text = "",
                            .out = "",
                            .err = ""};
}

/* What stands right below a testcase; the first of the worst outcome counts. */
static void begin_part(struct reader *r, const char *name, const char **attributes) {
    static const struct {
        const char *name;
        enum junit_outcome outcome;
    } outcomes[] = {
        {"skipped", JUNIT_SKIPPED},
        {"failure", JUNIT_FAILED },
        {"error",   JUNIT_ERROR  },
        {NULL,      JUNIT_PASS   }
    };
    struct junit_case *c = &r->out->cases[r->out->len - 1];
    r->into = NULL;
    if (strcmp(name, "system-out") == 0)
        r->into = &c->out;
    else if (strcmp(name, "system-err") == 0)
        r->into = &c->err;
    for (size_t i = 0; outcomes[i].name; i++) {
        if (strcmp(outcomes[i].name, name) != 0 || outcomes[i].outcome <= c->outcome)
            continue;
        c->outcome = outcomes[i].outcome;
        c->message = arena_strdup(r->arena, attribute(attributes, "message"));
        r->into = &c->text;
    }
    r->text_depth = r->into ? r->depth : 0;
    buf_reset(&r->text);
}

static void on_begin(void *arg, const char *name, const char **attributes) {
    struct reader *r = arg;
    if (++r->depth > JUNIT_DEPTH_MAX)
        fail(r, ERR_LIMIT, "elements are nested too deep");
    else if (!r->case_depth && strcmp(name, "testcase") == 0)
        begin_case(r, attributes);
    else if (r->case_depth && r->depth == r->case_depth + 1)
        begin_part(r, name, attributes);
}

static void on_end(void *arg, const char *name) {
    struct reader *r = arg;
    (void)name;
    if (r->text_depth == r->depth) {
        *r->into = arena_strndup(r->arena, r->text.data, r->text.len);
        r->text_depth = 0;
    }
    if (r->case_depth == r->depth)
        r->case_depth = 0;
    r->depth--;
}

static void on_text(void *arg, const char *text, int len) {
    struct reader *r = arg;
    if (!r->text_depth)
        return;
    r->texts += (size_t)len;
    if (r->texts > JUNIT_TEXT_MAX)
        fail(r, ERR_LIMIT, "its texts are too long");
    else
        buf_add(&r->text, text, (size_t)len);
}

/* No report needs one, and entities that stand for each other take all memory there is. */
static void on_doctype(void *arg, const char *name, const char *system, const char *public,
                       int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    fail(arg, ERR_FORMAT, "a report declares no document type and no entities");
}

static int feed(struct reader *r, const char *text, size_t len) {
    enum XML_Status status = XML_STATUS_OK;
    do {
        int part = len > CHUNK ? CHUNK : (int)len;
        status = XML_Parse(r->xml, text, part, (size_t)part == len);
        text += part;
        len -= (size_t)part;
    } while (status == XML_STATUS_OK && len);
    if (r->failed || status == XML_STATUS_OK)
        return r->failed;
    return err_set(ERR_FORMAT, "line %lu: %s", XML_GetCurrentLineNumber(r->xml),
                   XML_ErrorString(XML_GetErrorCode(r->xml)));
}

int junit_parse(struct junit *out, struct arena *arena, const char *text, size_t len) {
    struct junit found = {0};
    struct reader r = {.arena = arena, .out = &found, .xml = XML_ParserCreate(NULL)};
    if (!r.xml)
        return err_set(ERR_NOMEM, "no memory for a parser of XML");
    buf_init(&r.text, JUNIT_TEXT_MAX);
    XML_SetUserData(r.xml, &r);
    XML_SetElementHandler(r.xml, on_begin, on_end);
    XML_SetCharacterDataHandler(r.xml, on_text);
    XML_SetStartDoctypeDeclHandler(r.xml, on_doctype);
    int rc = feed(&r, text, len);
    XML_ParserFree(r.xml);
    buf_done(&r.text);
    if (rc == 0)
        *out = found;
    return rc;
}
