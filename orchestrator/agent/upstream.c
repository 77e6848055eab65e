/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/upstream.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/agent/ask.h"
#include "orchestrator/agent/usage.h"
#include "orchestrator/net/http.h"

enum { RECORDS_MAX = 4096, RECORDING_MAX = 256 << 20, ANSWER_S = 600 };

/* A recorded exchange, in the document of its line. */
struct exchange {
    struct json_doc *doc;
    const char *path, *sha256, *type, *body;
    int64_t status;
};

/* What processes share. The lock is that of `gate`, by flock(). */
struct shared {
    struct meter meter;
    int64_t reserved; /* tokens that requests under way may still bring */
    unsigned char used[RECORDS_MAX];
};

struct upstream {
    struct upstream_spec spec;
    struct shared *shared;
    struct exchange *exchanges;
    size_t len;
    char *gate; /* opened by each process for itself: a lock belongs to an open file */
    int64_t started_ns;
};

/* As enum ask_api has them. */
static const char *const paths[] = {"/v1/messages", "/v1/chat/completions", "/v1/responses"};

bool upstream_allows(const char *path) {
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        size_t len = strlen(paths[i]);
        if (strncmp(path, paths[i], len) == 0 && (path[len] == '\0' || path[len] == '?'))
            return true;
    }
    return false;
}

/* ---- the lock ---- */

static int lock(const struct upstream *u) {
    int fd = open(u->gate, O_RDWR | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    return fd;
}

static void unlock(int fd) {
    if (fd >= 0)
        close(fd);
}

/* ---- recordings ---- */

static int read_exchange(struct exchange *x, const char *line, size_t len, const char *name) {
    int rc = json_parse(&x->doc, line, len, name, 0);
    if (rc < 0)
        return rc;
    struct json root = json_root(x->doc);
    rc = json_str(root, "request.path", &x->path);
    if (rc == 0)
        rc = json_str(root, "request.sha256", &x->sha256);
    if (rc == 0)
        rc = json_int(root, "reply.status", 100, 599, &x->status);
    if (rc == 0)
        rc = json_str(root, "reply.body", &x->body);
    return rc;
}

static int load_replay(struct upstream *u, const char *path) {
    struct file f;
    int rc = file_read(&f, path, RECORDING_MAX);
    if (rc < 0)
        return rc;
    u->exchanges = xcalloc(RECORDS_MAX, sizeof(*u->exchanges));
    const char *text = (const char *)f.data;
    for (size_t at = 0; rc == 0 && at < f.size;) {
        const char *newline = memchr(text + at, '\n', f.size - at);
        size_t end = newline ? (size_t)(newline - text) : f.size;
        if (u->len == RECORDS_MAX)
            rc = err_set(ERR_LIMIT, "%s holds more than %d exchanges", path, (int)RECORDS_MAX);
        else if (end > at)
            rc = read_exchange(&u->exchanges[u->len++], text + at, end - at, path);
        at = end + 1;
    }
    if (rc == 0 && u->len == 0)
        rc = err_set(ERR_FORMAT, "%s holds no exchange", path);
    file_done(&f);
    return rc;
}

/* The first that was recorded for this very request, else the first that is left for its path. */
static const struct exchange *find_exchange(struct upstream *u, const char *path,
                                            const char *sha256) {
    size_t found = u->len;
    for (size_t i = 0; i < u->len; i++) {
        if (u->shared->used[i] || strcmp(u->exchanges[i].path, path) != 0)
            continue;
        if (strcmp(u->exchanges[i].sha256, sha256) == 0) {
            u->shared->used[i] = 1;
            return &u->exchanges[i];
        }
        found = found == u->len ? i : found;
    }
    if (found == u->len)
        return NULL;
    u->shared->used[found] = 1;
    u->shared->meter.inexact++;
    return &u->exchanges[found];
}

static int record(const struct upstream *u, const char *path, const char *sha256, const char *body,
                  size_t len, int status, const struct buf *reply) {
    struct json_writer w;
    struct buf line;
    int rc = 0;
    buf_init(&line, RECORDING_MAX);
    json_writer_init(&w, &line, 0);
    json_open_object(&w, NULL);
    json_open_object(&w, "request");
    json_put_str(&w, "path", path);
    json_put_str(&w, "sha256", sha256);
    json_put_strn(&w, "body", body, len);
    json_close_object(&w);
    json_open_object(&w, "reply");
    json_put_int(&w, "status", status);
    json_put_strn(&w, "body", reply->data, reply->len);
    json_close_object(&w);
    json_close_object(&w);
    buf_putc(&line, '\n');
    int fd = open(u->spec.record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || line.over || write(fd, line.data, line.len) != (ssize_t)line.len)
        rc = err_errno(ERR_IO, "cannot record into %s", u->spec.record);
    if (fd >= 0)
        close(fd);
    buf_done(&line);
    return rc;
}

/* ---- budgets ---- */

static int64_t tokens_left(const struct upstream *u) {
    const struct meter *m = &u->shared->meter;
    return u->spec.budget.tokens - m->input_tokens - m->output_tokens - u->shared->reserved;
}

/* The word for the budget that is spent, or NULL. */
static const char *spent(const struct upstream *u) {
    const struct meter *m = &u->shared->meter;
    const struct role_budget *b = &u->spec.budget;
    if (b->turns > 0 && m->turns >= b->turns)
        return "turns";
    if (b->tokens > 0 && m->input_tokens + m->output_tokens >= b->tokens)
        return "tokens";
    if (b->usd > 0 && m->usd >= b->usd)
        return "usd";
    if (b->output_bytes > 0 && m->reply_bytes >= b->output_bytes)
        return "bytes";
    if (b->seconds > 0 && clock_mono_ns() - u->started_ns > b->seconds * INT64_C(1000000000))
        return "time";
    return NULL;
}

static void refuse(struct upstream *u, const char *why, int *status, int code, struct buf *reply) {
    struct json_writer w;
    u->shared->meter.refused++;
    *status = code;
    json_writer_init(&w, reply, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "type", "error");
    json_open_object(&w, "error");
    json_put_str(&w, "type", "permission_error");
    json_put_str(&w, "message", why);
    json_close_object(&w);
    json_close_object(&w);
}

/* What an answer may bring at most: what the tokens and the money that are left allow. */
static int64_t output_room(const struct upstream *u, size_t request_bytes) {
    const struct role_budget *b = &u->spec.budget;
    int64_t input = (int64_t)(request_bytes / USAGE_BYTES_PER_TOKEN);
    int64_t room = b->tokens > 0 ? tokens_left(u) - input : INT64_C(1) << 40;
    if (b->usd > 0 && u->spec.usd_out > 0) {
        double left = b->usd - u->shared->meter.usd - (double)input * u->spec.usd_in / 1e6;
        double most = left / u->spec.usd_out * 1e6;
        if (most < (double)room)
            room = (int64_t)floor(most);
    }
    return room;
}

static enum ask_api api_of(const char *path) {
    for (size_t i = 1; i < sizeof(paths) / sizeof(*paths); i++)
        if (strncmp(path, paths[i], strlen(paths[i])) == 0)
            return (enum ask_api)i;
    return ASK_MESSAGES;
}

static struct meter_model *model_of(struct meter *m, const char *name) {
    for (size_t i = 0; i < METER_MODELS; i++) {
        struct meter_model *row = &m->models[i];
        if (row->requests == 0)
            (void)snprintf(row->name, sizeof(row->name), "%s", *name ? name : "unknown");
        if (strcmp(row->name, *name ? name : "unknown") == 0 || i + 1 == METER_MODELS)
            return row;
    }
    return NULL;
}

static void charge(struct upstream *u, struct meter *m, const struct usage *use) {
    struct meter_model *row = model_of(m, use->model);
    m->turns++;
    m->estimated += !use->said;
    m->input_tokens += use->input_tokens;
    m->output_tokens += use->output_tokens;
    m->usd += ((double)use->input_tokens * u->spec.usd_in +
               (double)use->output_tokens * u->spec.usd_out) /
              1e6;
    row->requests++;
    row->input_tokens += use->input_tokens;
    row->output_tokens += use->output_tokens;
}

static void count(struct upstream *u, size_t request_bytes, int status, const struct buf *reply) {
    struct meter *m = &u->shared->meter;
    struct usage use;
    m->request_bytes += (int64_t)request_bytes;
    m->reply_bytes += (int64_t)reply->len;
    if (status != 200)
        return; /* an error costs nothing but the bytes */
    usage_read(&use, reply->data, reply->len);
    if (!use.said)
        usage_guess(&use, request_bytes, reply->len);
    charge(u, m, &use);
}

/* What came to no end that we know of may have cost all that it was let: the API went on with it,
 * whether or not anybody read what it said. */
static void count_lost(struct upstream *u, struct meter *m, size_t request_bytes, int64_t room) {
    struct usage use;
    usage_guess(&use, request_bytes, 0);
    use.output_tokens = room;
    use.model[0] = '\0';
    use.said = false;
    charge(u, m, &use);
}

/* ---- one exchange ---- */

/* *taken: the API has the request, whatever comes back. */
static int forward(const struct upstream *u, const char *path, const char *body, int *status,
                   struct buf *reply, bool *taken) {
    struct buf url;
    struct http_reply got;
    struct http_request request = {.method = "POST", .body = body, .timeout_s = ANSWER_S};
    buf_init(&url, 64 << 10);
    buf_printf(&url, "%s%s", u->spec.base_url, path);
    request.url = url.data;
    request.secret = u->spec.key_header;
    if (strncmp(path, paths[0], strlen(paths[0])) == 0)
        request.headers[0] = "anthropic-version: 2023-06-01";
    int rc = http_send(&request, &got);
    *taken = got.taken;
    if (rc == 0) {
        *status = got.status;
        buf_add(reply, got.body.data, got.body.len);
        http_done(&got);
    }
    buf_done(&url);
    return rc;
}

static int answer(struct upstream *u, const char *path, const struct buf *body, int *status,
                  struct buf *reply, bool *taken) {
    char sha256[HASH_HEX_SIZE];
    int rc = 0;
    hash_bytes(body->data, body->len, sha256);
    if (u->exchanges) {
        int gate = lock(u);
        const struct exchange *x = find_exchange(u, path, sha256);
        if (x) {
            *status = (int)x->status;
            buf_puts(reply, x->body);
        } else {
            refuse(u, "the recording holds no more answers", status, 404, reply);
        }
        unlock(gate);
    } else {
        rc = forward(u, path, body->data, status, reply, taken);
    }
    if (rc == 0 && u->spec.record && !reply->over)
        rc = record(u, path, sha256, body->data, body->len, *status, reply);
    return rc;
}

/* Turns it down, or NULL. What is spent for good is marked; what others only hold is not. */
static const char *turn_down(struct upstream *u, const char *path, int64_t room, int *status) {
    const char *word = spent(u);
    *status = 403;
    if (!word && room < 1 && u->shared->reserved > 0) {
        *status = 429;
        return "other requests hold what is left of the budget";
    }
    if (!word && room < 1)
        word = "tokens";
    if (word && !u->shared->meter.cut[0])
        (void)snprintf(u->shared->meter.cut, sizeof(u->shared->meter.cut), "%s", word);
    if (word)
        return "the budget of the attempt is spent";
    *status = 404;
    return upstream_allows(path) ? NULL : "nothing but calls of a model is let through";
}

int upstream_ask(struct upstream *u, const char *path, const char *body, size_t len, int *status,
                 struct buf *reply) {
    struct buf request;
    int gate = lock(u), rc = 0;
    int64_t room = output_room(u, len);
    const char *no = turn_down(u, path, room, status);
    buf_init(&request, UPSTREAM_REQUEST_MAX);
    if (no) {
        refuse(u, no, status, *status, reply);
    } else if (ask_rewrite(&request, api_of(path), body, len, &room) < 0) {
        refuse(u, err_text(), status, 400, reply);
    } else {
        int64_t reserved = room + (int64_t)(len / USAGE_BYTES_PER_TOKEN);
        u->shared->reserved += reserved;
        unlock(gate);
        bool taken = false;
        rc = answer(u, path, &request, status, reply, &taken);
        gate = lock(u);
        u->shared->reserved -= reserved;
        if (rc == 0)
            count(u, request.len, *status, reply);
        else if (taken)
            count_lost(u, &u->shared->meter, request.len, room);
    }
    unlock(gate);
    buf_done(&request);
    return rc < 0 ? rc : buf_ok(reply, "the reply of the model");
}

static int make_gate(struct upstream *u) {
    char path[] = "/tmp/noctule-gate-XX"
                  "XXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return err_errno(ERR_IO, "cannot make a lock");
    close(fd);
    u->gate = xstrdup(path);
    return 0;
}

int upstream_open(struct upstream **out, const struct upstream_spec *spec) {
    struct upstream *u = xcalloc(1, sizeof(*u));
    u->spec = *spec;
    u->started_ns = clock_mono_ns();
    void *memory =
        mmap(NULL, sizeof(*u->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int rc = memory == MAP_FAILED ? err_errno(ERR_NOMEM, "no memory for the meter") : make_gate(u);
    u->shared = memory == MAP_FAILED ? NULL : memory;
    if (rc == 0 && !spec->replay && !spec->base_url)
        rc = err_set(ERR_ARG, "a model needs an address or a recording");
    if (rc == 0 && spec->replay)
        rc = load_replay(u, spec->replay);
    if (rc < 0)
        upstream_close(u);
    else
        *out = u;
    return rc;
}

void upstream_close(struct upstream *u) {
    if (!u)
        return;
    for (size_t i = 0; i < u->len; i++)
        json_free(u->exchanges[i].doc);
    free(u->exchanges);
    if (u->shared)
        munmap(u->shared, sizeof(*u->shared));
    if (u->gate)
        (void)unlink(u->gate);
    free(u->gate);
    free(u);
}

struct meter upstream_meter(struct upstream *u) {
    int gate = lock(u);
    struct meter m = u->shared->meter;
    if (u->shared->reserved > 0)
        count_lost(u, &m, 0, u->shared->reserved);
    unlock(gate);
    return m;
}
