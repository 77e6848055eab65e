/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "orchestrator/parse/pattern.h"

#include <pcre2.h>

#include "engine/base/err.h"

enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 10000, SAID_MAX = 120 };

struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

int pattern_new(struct pattern **out, const char *text, int flags) {
    int error;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
                       (flags & PATTERN_CASELESS ? PCRE2_CASELESS : 0) |
                       (flags & PATTERN_LINES ? PCRE2_MULTILINE : 0);
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR said[SAID_MAX];
        pcre2_get_error_message(error, said, sizeof(said));
        return err_set(ERR_FORMAT, "the pattern \"%s\" is wrong at offset %zu: %s", text, offset,
                       (const char *)said);
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, it is only slower */
    struct pattern *p = xcalloc(1, sizeof(*p));
    p->code = code;
    p->data = pcre2_match_data_create_from_pattern(code, NULL);
    p->context = pcre2_match_context_create(NULL);
    CHECK(p->data && p->context);
    pcre2_set_match_limit(p->context, MATCH_LIMIT);
    pcre2_set_depth_limit(p->context, DEPTH_LIMIT);
    *out = p;
    return 0;
}

void pattern_free(struct pattern *p) {
    if (!p)
        return;
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->data);
    pcre2_code_free(p->code);
    free(p);
}

bool pattern_find(const struct pattern *p, const char *text, size_t len, size_t from, size_t *begin,
                  size_t *end, bool *given_up) {
    if (from > len)
        return false;
    int rc = pcre2_match(p->code, (PCRE2_SPTR)text, len, from, 0, p->data, p->context);
    if (rc < 0) {
        if (rc != PCRE2_ERROR_NOMATCH && given_up)
            *given_up = true;
        return false;
    }
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(p->data);
    *begin = place[0];
    *end = place[1] < place[0] ? place[0] : place[1]; /* \K may turn them round */
    return true;
}
