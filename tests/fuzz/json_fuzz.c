/* SPDX-License-Identifier: Apache-2.0 */
/* Parses, asks each value everything, writes it back, parses that. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every getter on one value; whatever it answers, it must not fall over. */
static void ask(struct json v) {
    int64_t n;
    double real;
    bool flag;
    const char *s;
    int answers = json_as_int(v, -100, 100, &n) + json_as_real(v, &real) + json_as_bool(v, &flag) +
                  json_as_str(v, &s) + json_opt_int(v, "a.b", 0, 9, &n) + json_str(v, "a", &s);
    CHECK(answers <= 0);
    CHECK(json_len(v) == 0 || json_first(v).node);
    CHECK(json_key(v) && json_type_name(json_type(v)));
}

static size_t walk(struct json v, size_t budget) {
    for (; v.node && budget; v = json_next(v)) {
        budget--;
        if (budget % 16 == 0) /* each message searches the whole document */
            ask(v);
        budget = walk(json_first(v), budget);
    }
    return budget;
}

static struct json_doc *parse(const char *text, size_t len, int flags) {
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, text, len, "fuzz", flags);
    CHECK((rc == 0) == (doc != NULL) && (rc == 0 || *err_text()));
    return doc;
}

/* What strict reading takes, the writer says in a form that reads as the same text again. */
static void check_round_trip(struct json_doc *doc) {
    struct buf once, twice;
    struct json_writer w;
    buf_init(&once, 1 << 26);
    buf_init(&twice, 1 << 26);
    json_writer_init(&w, &once, 0);
    json_put_json(&w, NULL, json_root(doc));
    struct json_doc *again = parse(once.data, once.len, 0);
    CHECK(again);
    json_writer_init(&w, &twice, 0);
    json_put_json(&w, NULL, json_root(again));
    CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    json_free(again);
    buf_done(&twice);
    buf_done(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size ? size : 1); /* exact, so that a read behind the end is seen */
    CHECK(text);
    if (size)
        memcpy(text, data, size);
    struct json_doc *strict = parse(text, size, 0);
    struct json_doc *relaxed = parse(text, size, JSON_COMMENTS);
    CHECK(!strict || relaxed); /* comments only add to what is taken */
    if (strict)
        check_round_trip(strict);
    if (relaxed)
        walk(json_root(relaxed), 1000);
    json_free(relaxed);
    json_free(strict);
    free(text);
    return 0;
}
