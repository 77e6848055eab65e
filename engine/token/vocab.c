/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/vocab.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"

/* Largest id allowed: padded vocabularies leave holes, hostile ones only ask for memory. */
enum { HOLES_PER_TOKEN = 4, HOLES_FREE = 1 << 20 };

static int put(struct vocab *v, struct json at, int64_t id) {
    const char *key = json_key(at);
    size_t len = strlen(key);
    if (id >= v->end)
        v->end = (int32_t)id + 1;
    if (v->names[id].data)
        return json_fail(at, "the id %" PRId64 " is \"%s\" already", id, v->names[id].data);
    v->names[id] = (struct vocab_name){arena_strndup(&v->arena, key, len), (uint32_t)len};
    map_add(&v->ids, v->names[id].data, len, (uint32_t)id);
    if (len > v->longest)
        v->longest = len;
    v->count++;
    return 0;
}

int vocab_parse(struct vocab *out, struct json object) {
    size_t count = json_len(object);
    int64_t max = (int64_t)(count * HOLES_PER_TOKEN + HOLES_FREE), top = -1, id = 0;
    if (max > INT32_MAX - 1)
        max = INT32_MAX - 1;
    for (struct json v = json_first(object); v.node; v = json_next(v)) {
        int rc = json_as_int(v, 0, max, &id);
        if (rc < 0)
            return rc;
        top = id > top ? id : top;
    }
    arena_init(&out->arena, 1 << 20);
    map_init(&out->ids, count);
    out->names = xcalloc((size_t)top + 2, sizeof(*out->names));
    for (struct json v = json_first(object); v.node; v = json_next(v)) {
        int rc = json_as_int(v, 0, max, &id);
        if (rc == 0)
            rc = put(out, v, id);
        if (rc < 0)
            return rc;
    }
    return 0;
}

void vocab_done(struct vocab *v) {
    free(v->names);
    map_done(&v->ids);
    arena_done(&v->arena);
    *v = (struct vocab){0};
}

int32_t vocab_id(const struct vocab *v, const char *token, size_t len) {
    uint32_t id;
    return len <= v->longest && map_find(&v->ids, token, len, &id) ? (int32_t)id : -1;
}

struct vocab_name vocab_name(const struct vocab *v, int32_t id) {
    return id >= 0 && id < v->end ? v->names[id] : (struct vocab_name){NULL, 0};
}
