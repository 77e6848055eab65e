/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/usage.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"

static const int64_t tokens_max = INT64_C(1) << 40;

/* The larger of what was known and what v says: streams repeat a count as it grows. */
static bool take(int64_t *into, struct json object, const char *key) {
    int64_t n;
    if (!json_exists(json_get(object, key)) || json_int(object, key, 0, tokens_max, &n) < 0)
        return false;
    *into = n > *into ? n : *into;
    return true;
}

/* {"usage": {…}} in the words of the three dialects. */
static void read_usage(struct usage *out, struct json object, bool *in, bool *to) {
    struct json u = json_get(object, "usage");
    int64_t input = 0, cached = 0, created = 0;
    if (json_type(u) != JSON_OBJECT)
        return;
    if (take(&input, u, "input_tokens") || take(&input, u, "prompt_tokens")) {
        /* Anthropic counts what came from or went to its cache beside. */
        (void)take(&cached, u, "cache_read_input_tokens");
        (void)take(&created, u, "cache_creation_input_tokens");
        input += cached + created;
        out->input_tokens = input > out->input_tokens ? input : out->input_tokens;
        *in = true;
    }
    if (take(&out->output_tokens, u, "output_tokens") ||
        take(&out->output_tokens, u, "completion_tokens"))
        *to = true;
}

static void read_model(struct usage *out, struct json object) {
    const char *name;
    if (json_type(json_get(object, "model")) == JSON_STRING &&
        json_str(object, "model", &name) == 0)
        (void)snprintf(out->model, sizeof(out->model), "%s", name);
}

/* An answer, or an event that holds one ("message", "response"). */
static void read_object(struct usage *out, const char *text, size_t len, bool *in, bool *to) {
    static const char *const inner[] = {"message", "response"};
    struct json_doc *doc = NULL;
    if (json_parse(&doc, text, len, "the reply", 0) < 0)
        return;
    struct json root = json_root(doc);
    read_model(out, root);
    read_usage(out, root, in, to);
    for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
        struct json v = json_get(root, inner[i]);
        if (json_type(v) != JSON_OBJECT)
            continue;
        read_model(out, v);
        read_usage(out, v, in, to);
    }
    json_free(doc);
}

void usage_read(struct usage *out, const char *body, size_t len) {
    bool in = false, to = false;
    *out = (struct usage){.said = false};
    size_t first = 0;
    while (first < len && strchr(" \r\n\t", body[first]))
        first++;
    if (first < len && body[first] == '{') {
        read_object(out, body, len, &in, &to);
    } else {
        for (size_t at = 0; at < len;) {
            const char *newline = memchr(body + at, '\n', len - at);
            size_t end = newline ? (size_t)(newline - body) : len;
            if (end - at > 5 && memcmp(body + at, "data:", 5) == 0)
                read_object(out, body + at + 5, end - at - 5, &in, &to);
            at = end + 1;
        }
    }
    out->said = in && to;
}

void usage_guess(struct usage *out, size_t request_bytes, size_t reply_bytes) {
    out->input_tokens = (int64_t)(request_bytes / USAGE_BYTES_PER_TOKEN) + 1;
    out->output_tokens = (int64_t)(reply_bytes / USAGE_BYTES_PER_TOKEN) + 1;
}
