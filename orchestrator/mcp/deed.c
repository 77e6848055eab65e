/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/deed.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/verb/lines.h"
#include "orchestrator/verb/verb.h"

enum { DEEDS_MAX = 16, ARGS_MAX = 8, NAME_MAX_BYTES = 48, TEXT_BYTES_MAX = 64 << 10 };
/* Whoever is asked to end and waits for a server to say what became of a push is given so long. */
enum { GRACE_MS = 30000, ERR_MAX = 64 << 10 };

struct deed {
    struct tool tool;
    struct tool_arg args[ARGS_MAX + 1]; /* the last one ends them */
    char name[NAME_MAX_BYTES], title[NAME_MAX_BYTES];
};

/* Made of verb_table when somebody asks first; a server is one thread. */
static struct deed deeds[DEEDS_MAX];
static size_t deeds_len;

/* A row whose value is the name of a file, which is looked for in the checkout alone: a client may
 * not have read what else is on this machine. */
static bool names_file(const struct opt *o) {
    return o->type == OPT_STR && strcmp(o->value, "FILE") == 0;
}

static void make_arg(struct tool_arg *a, const struct opt *o) {
    static const enum tool_type types[] = {
        [OPT_FLAG] = TOOL_BOOL,
        [OPT_INT] = TOOL_INT,
        [OPT_STR] = TOOL_STR,
        [OPT_LIST] = TOOL_LIST,
    };
    bool bounded = o->type == OPT_INT && (o->min < 0 || o->min > 0 || o->max < 0 || o->max > 0);
    CHECK(o->type < OPT_GROUP && types[o->type] != TOOL_END);
    *a = (struct tool_arg){.type = types[o->type], .name = o->name, .about = o->help};
    if (o->type == OPT_INT) {
        a->min = bounded ? (int64_t)o->min : INT64_MIN;
        a->max = bounded ? (int64_t)o->max : INT64_MAX;
    } else if (o->type == OPT_STR && !names_file(o)) {
        a->max = TEXT_BYTES_MAX; /* a message */
    }
}

static const struct opt *find_row(const struct verb *v, const char *name, struct opt *out) {
    for (struct opt_walk w = {.rows = v->opts}; opt_next(&w, out);)
        if (strcmp(out->name, name) == 0)
            return out;
    return NULL;
}

/* The arguments with the files they name as they are called from everywhere. */
static int put_args(struct call *c, struct json_writer *w) {
    struct opt row;
    json_open_object(w, NULL);
    for (struct json v = json_first(c->args); v.node; v = json_next(v)) {
        const struct opt *o = find_row(c->tool->verb, json_key(v), &row);
        const char *path = NULL;
        if (o && names_file(o) && json_exists(v)) {
            path = call_path(c, json_key(v));
            if (!path)
                return ERR_NOTFOUND;
            json_put_str(w, json_key(v), path);
        } else {
            json_put_json(w, json_key(v), v);
        }
    }
    json_close_object(w);
    return 0;
}

/* A file with one request of `noctule git serve` in it, at its beginning; or ERR_IO. */
static int write_request(const struct verb *v, struct json args) {
    struct json_writer w;
    struct buf line;
    buf_init(&line, LINES_REQUEST_MAX);
    json_writer_init(&w, &line, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "verb", v->name);
    json_put_json(&w, "args", args);
    json_close_object(&w);
    buf_putc(&line, '\n');
    int fd = -1, rc = buf_ok(&line, "the arguments");
    if (rc == 0) {
        fd = memfd_create("request", MFD_CLOEXEC);
        if (fd < 0 || write(fd, line.data, line.len) != (ssize_t)line.len ||
            lseek(fd, 0, SEEK_SET) != 0)
            rc = err_errno(ERR_IO, "cannot hand on the arguments");
    }
    if (rc < 0 && fd >= 0)
        (void)close(fd);
    buf_done(&line);
    return rc < 0 ? rc : fd;
}

/* What the line of an answer says; its result becomes *out. */
static int take_answer(const struct buf *said, struct buf *out) {
    const char *sentence = "";
    bool ok = false;
    struct json_doc *doc = NULL;
    struct json_writer w;
    int rc = buf_ok(said, "the answer; ask for less of it, it");
    if (rc == 0)
        rc = json_parse(&doc, said->data, said->len, "answer", 0);
    if (rc == 0)
        rc = json_bool(json_root(doc), "ok", &ok);
    if (rc == 0 && json_opt_str(json_root(doc), "error", &sentence) == 0 && *sentence)
        rc = err_set(ERR_IO, "%s", sentence);
    if (rc == 0) {
        json_writer_init(&w, out, 0);
        json_put_json(&w, NULL, json_member(json_root(doc), "result"));
        rc = ok ? 0 : EXIT_FAILED;
    }
    json_free(doc);
    return rc;
}

/* The last line of what it wrote to stderr. */
static const char *last_line(struct buf *err) {
    while (err->len && err->data[err->len - 1] == '\n')
        err->data[--err->len] = '\0';
    const char *newline = err->len ? strrchr(err->data, '\n') : NULL;
    return !err->len ? "" : newline ? newline + 1 : err->data;
}

/* By this same program as a process of its own: the loop goes on meanwhile, and SIGTERM ends it
 * where nothing is written. */
int deed_do(struct call *c, const struct verb *v, struct json args,
            int (*then)(struct call *c, const struct proc_exit *ended)) {
    static const char *const argv[] = {"/proc/self/exe", "git", "serve", NULL};
    int input = write_request(v, args);
    if (input < 0)
        return input;
    const struct proc_spec spec = {.argv = argv, .input = input, .grace_ms = GRACE_MS};
    int rc = call_command(c, &spec, 0, CALL_OUT_MAX, ERR_MAX, then);
    (void)close(input);
    return rc;
}

int deed_answer(struct call *c, const struct verb *v, struct buf *out) {
    const char *last = last_line(&c->err);
    if (*last)
        log_debug("mcp: git %s: %s", v->name, last);
    if (c->said.len)
        return take_answer(&c->said, out);
    return err_set(ERR_IO, "noctule git %s ended without an answer%s%s", v->name, *last ? ": " : "",
                   last);
}

/* What a verb that only looks has found is its answer, whichever it is. */
static int answer(struct call *c, const struct proc_exit *ended) {
    const struct verb *v = c->tool->verb;
    (void)ended;
    int rc = deed_answer(c, v, &c->out);
    return rc > 0 && !v->writes ? 0 : rc;
}

static int run(struct call *c) {
    struct json_doc *doc = NULL;
    struct json_writer w;
    struct buf args;
    buf_init(&args, CALL_OUT_MAX);
    json_writer_init(&w, &args, 0);
    int rc = put_args(c, &w);
    if (rc == 0)
        rc = json_parse(&doc, args.data, args.len, "arguments", 0);
    if (rc == 0)
        rc = deed_do(c, c->tool->verb, json_root(doc), answer);
    json_free(doc);
    buf_done(&args);
    return rc;
}

static void make(struct deed *d, const struct verb *v, const char *name) {
    size_t count = 0;
    struct opt o;
    (void)snprintf(d->name, sizeof(d->name), "%s", name);
    (void)snprintf(d->title, sizeof(d->title), "noctule git %s", v->name);
    for (struct opt_walk w = {.rows = v->opts}; opt_next(&w, &o); count++) {
        CHECK(count < ARGS_MAX);
        make_arg(&d->args[count], &o);
    }
    d->tool = (struct tool){
        .name = d->name,
        .title = d->title,
        .about = v->summary,
        .flags = TOOL_BARE | (v->writes ? TOOL_WRITES : 0) | (v->remote ? TOOL_REMOTE : 0),
        .args = d->args,
        .run = run,
        .verb = v,
    };
}

static bool has_own_row(const char *name) {
    for (const struct tool *const *t = tool_table; *t; t++)
        if (strcmp((*t)->name, name) == 0)
            return true;
    return false;
}

static void make_all(void) {
    for (const struct verb *const *v = verb_table; *v; v++) {
        char name[NAME_MAX_BYTES];
        (void)snprintf(name, sizeof(name), "git_%s", (*v)->name);
        for (char *p = name; *p; p++)
            *p = *p == '-' ? '_' : *p;
        if (has_own_row(name))
            continue;
        CHECK(deeds_len < DEEDS_MAX);
        make(&deeds[deeds_len++], *v, name);
    }
}

const struct tool *deed_at(size_t i) {
    if (deeds_len == 0)
        make_all();
    return i < deeds_len ? &deeds[i].tool : NULL;
}
