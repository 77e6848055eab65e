/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/verb/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/nearest.h"
#include "orchestrator/proc/halt.h"
#include "orchestrator/verb/verb.h"

enum { RESULT_MAX = 64 << 20 };

static int run(struct verb_desk *d, struct json request, const char **verb, struct buf *result) {
    const char *name = "";
    if (json_type(request) != JSON_OBJECT)
        return json_fail(request, "expected an object with \"verb\"");
    for (struct json v = json_first(request); v.node; v = json_next(v))
        if (strcmp(json_key(v), "id") != 0 && strcmp(json_key(v), "verb") != 0 &&
            strcmp(json_key(v), "args") != 0)
            return json_fail(v, "is not known here; there are: id verb args");
    int rc = json_str(request, "verb", &name);
    const struct verb *v = rc == 0 ? verb_find(name) : NULL;
    if (rc < 0)
        return rc;
    if (!v)
        return json_fail(json_member(request, "verb"), "\"%s\" is no verb", name);
    *verb = v->name;
    return verb_run_json(d, v, json_member(request, "args"), result);
}

/* The result is JSON that we wrote ourselves. */
static void put_result(struct json_writer *w, const struct buf *result) {
    struct json_doc *doc;
    if (json_parse(&doc, result->data, result->len, "result", 0) < 0) {
        json_put_null(w, "result");
        return;
    }
    json_put_json(w, "result", json_root(doc));
    json_free(doc);
}

void lines_answer(struct verb_desk *d, const char *line, size_t len, struct buf *out) {
    struct json_doc *doc = NULL;
    struct json_writer w;
    struct buf result;
    struct arena request;
    const char *verb = NULL;
    buf_init(&result, RESULT_MAX);
    arena_init(&request, 0);
    d->arena = &request; /* who serves for long keeps nothing of what was asked */
    int rc = json_parse(&doc, line, len, "request", 0);
    if (rc == 0)
        rc = run(d, json_root(doc), &verb, &result);
    char *said = xstrdup(rc < 0 ? err_text() : "");
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_json(&w, "id", doc ? json_member(json_root(doc), "id") : (struct json){0});
    json_put_str(&w, "verb", verb);
    json_put_bool(&w, "ok", rc == 0);
    if (rc >= 0) {
        put_result(&w, &result);
    } else {
        json_put_str(&w, "code", rc == ERR_STOPPED ? "ARG" : err_name(rc));
        json_put_str(&w, "error", rc == ERR_STOPPED ? "--help is for people" : said);
    }
    json_close_object(&w);
    free(said);
    json_free(doc);
    buf_done(&result);
    d->arena = NULL;
    arena_done(&request);
}

int lines_serve(struct verb_desk *d, FILE *in, FILE *out) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    struct buf answer;
    buf_init(&answer, RESULT_MAX + LINES_REQUEST_MAX);
    while ((len = getline(&line, &cap, in)) > 0) {
        if (len == 1)
            continue;
        halt_arm();
        lines_answer(d, line, (size_t)len > LINES_REQUEST_MAX ? LINES_REQUEST_MAX : (size_t)len,
                     &answer);
        buf_putc(&answer, '\n');
        (void)fputs(answer.data, out);
        bool heard = fflush(out) == 0;
        halt_disarm();
        if (!heard)
            break;
        buf_reset(&answer);
    }
    int rc = ferror(in) || ferror(out) ? err_errno(ERR_IO, "the other end is gone") : 0;
    buf_done(&answer);
    free(line);
    return rc;
}
