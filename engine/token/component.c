/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/component.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/regex.h"

int component_pattern(struct pattern *out, struct json at, const char *key) {
    struct json node, text;
    const char *s;
    int rc = json_object(at, key, &node);
    if (rc < 0)
        return rc;
    text = json_member(node, "String");
    bool literal = json_exists(text);
    if (!literal)
        text = json_member(node, "Regex");
    if (!json_exists(text))
        return json_fail(node, "expected String or Regex");
    rc = json_as_str(text, &s);
    if (rc < 0)
        return rc;
    if (literal && *s) {
        out->string = xstrdup(s);
        out->len = strlen(s);
        return 0;
    }
    rc = regex_new(&out->regex, s); /* an empty string matches everywhere, as a regex does */
    if (rc < 0) {
        char *why = xstrdup(err_text());
        json_fail(text, "%s", why);
        free(why);
    }
    return rc;
}

void component_pattern_done(struct pattern *p) {
    free(p->string);
    regex_free(p->regex);
    *p = (struct pattern){0};
}

int component_string(struct json at, const char *key, char **out) {
    const char *s;
    int rc = json_str(at, key, &s);
    if (rc == 0)
        *out = xstrdup(s);
    return rc;
}

int component_char(struct json at, const char *key, uint32_t *out) {
    const char *s;
    int rc = json_str(at, key, &s);
    if (rc < 0)
        return rc;
    uint32_t cp = 0;
    size_t n = strlen(s);
    if (n == 0 || utf8_decode(s, n, &cp) != n)
        return json_fail(json_member(at, key), "expected one character");
    *out = cp;
    return 0;
}

int component_grow(void *items, size_t len, size_t size, struct json at) {
    if (len == COMPONENTS_MAX) {
        json_fail(at, "more than %d components in a row", COMPONENTS_MAX);
        return ERR_LIMIT;
    }
    void **list = items;
    *list = xrealloc(*list, (len + 1) * size);
    memset((char *)*list + len * size, 0, size);
    return 0;
}

static const void *find_row(const struct component_kind *kind, const char *name) {
    for (const char *row = kind->rows;; row += kind->size) {
        const char *const *its = (const char *const *)(const void *)row;
        if (!*its || strcmp(*its, name) == 0)
            return *its ? row : NULL;
    }
}

int component_chain(void *chain, const struct component_kind *kind, struct json section) {
    const char *name;
    if (!json_exists(section))
        return 0;
    int rc = json_str(section, "type", &name);
    if (rc < 0)
        return rc;
    if (strcmp(name, "Sequence") == 0) {
        struct json list = {0};
        rc = json_array(section, kind->list, &list);
        for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
            rc = json_exists(v) ? component_chain(chain, kind, v)
                                : json_fail(v, "expected an object");
        return rc;
    }
    const void *row = find_row(kind, name);
    if (row)
        return kind->add(chain, row, section);
    json_fail(json_get(section, "type"), "the %s %s is not supported", kind->what, name);
    return ERR_UNSUPPORTED;
}
