/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/role.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "orchestrator/policy/prefix.h"

enum { NUMBER_MAX_DIGITS = 12, ROLES_MAX = 64 };

static const struct {
    const char *word, *claude;
} tools[] = {
#define X(name, word, claude) {word, claude},
    ROLE_TOOL_MAP(X)
#undef X
};

static const char *const networks[] = {"none", "model", "remote"};

const char *role_tool_name(enum role_tool tool) {
    return tools[tool].word;
}

const char *role_tool_claude(enum role_tool tool) {
    return tools[tool].claude;
}

const char *role_network_name(enum role_network network) {
    return networks[network];
}

/* The document while it is read. */
struct source {
    struct role *role;
    yaml_document_t *doc;
};

static int bad(const struct source *s, const yaml_node_t *at, const char *what) {
    /* The front matter begins below the first line of the file. */
    return err_set(ERR_FORMAT, "%s:%zu: %s", s->role->file, at->start_mark.line + 2, what);
}

static int bad_word(const struct source *s, const yaml_node_t *at, const char *what,
                    const char *word) {
    char text[256];
    (void)snprintf(text, sizeof(text), what, word);
    return bad(s, at, text);
}

static const char *scalar(const yaml_node_t *n) {
    return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static int read_text(const struct source *s, const yaml_node_t *n, void *out) {
    const char *text = scalar(n);
    if (!text || strlen(text) != n->data.scalar.length || !*text)
        return bad(s, n, "a text is wanted here");
    *(const char **)out = arena_strdup(&s->role->arena, text);
    return 0;
}

static int read_int(const struct source *s, const yaml_node_t *n, void *out) {
    const char *text = scalar(n);
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > NUMBER_MAX_DIGITS || strspn(text, "0123456789") != len || text[0] == '0')
        return bad(s, n, "a whole number above 0 is wanted here");
    *(int64_t *)out = strtoll(text, NULL, 10);
    return 0;
}

static int read_real(const struct source *s, const yaml_node_t *n, void *out) {
    const char *text = scalar(n);
    char *end = NULL;
    double v = text && *text ? strtod(text, &end) : -1;
    if (!end || *end || !(v > 0) || !(v < 1e9) || strspn(text, "0123456789.") != strlen(text))
        return bad(s, n, "a number above 0 is wanted here");
    *(double *)out = v;
    return 0;
}

static int read_paths(const struct source *s, const yaml_node_t *n, void *out) {
    if (n->type != YAML_SEQUENCE_NODE)
        return bad(s, n, "a list of paths is wanted here");
    size_t len = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    if (len > ROLE_LIST_MAX)
        return bad(s, n, "the list is too long");
    const char **all = arena_array(&s->role->arena, len + 1, sizeof(*all));
    for (size_t i = 0; i < len; i++) {
        const yaml_node_t *item = yaml_document_get_node(s->doc, n->data.sequence.items.start[i]);
        int rc = read_text(s, item, &all[i]);
        if (rc < 0)
            return rc;
        if (!prefix_is_plain(all[i]))
            return bad_word(s, item,
                            "\"%.100s\" is no path below the checkout (a prefix, not a "
                            "pattern)",
                            all[i]);
    }
    *(const char ***)out = all;
    return 0;
}

static int read_network(const struct source *s, const yaml_node_t *n, void *out) {
    const char *text = scalar(n);
    for (size_t i = 0; text && i < sizeof(networks) / sizeof(*networks); i++)
        if (strcmp(text, networks[i]) == 0) {
            *(enum role_network *)out = (enum role_network)i;
            return 0;
        }
    return bad(s, n, "the network is none, model or remote");
}

static int add_tool(const struct source *s, const yaml_node_t *n, const char *name, size_t len,
                    uint32_t *out) {
    for (int t = 0; t < ROLE_TOOLS; t++)
        if (strlen(tools[t].claude) == len && strncmp(tools[t].claude, name, len) == 0) {
            *out |= UINT32_C(1) << t;
            return 0;
        }
    char word[64];
    (void)snprintf(word, sizeof(word), "%.*s", (int)(len < 60 ? len : 60), name);
    return bad_word(s, n, "no tool is called \"%s\"", word);
}

/* "Read, Grep" or a list, as Claude Code takes them. */
static int read_tools(const struct source *s, const yaml_node_t *n, void *out) {
    if (n->type == YAML_SEQUENCE_NODE) {
        for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top;
             i++) {
            const yaml_node_t *item = yaml_document_get_node(s->doc, *i);
            const char *name = scalar(item);
            int rc = name ? add_tool(s, item, name, strlen(name), out)
                          : bad(s, item, "the name of a tool is wanted here");
            if (rc < 0)
                return rc;
        }
        return 0;
    }
    const char *at = scalar(n);
    if (!at)
        return bad(s, n, "a list of tools is wanted here");
    while (*at) {
        size_t len = strcspn(at, ", ");
        int rc = len ? add_tool(s, n, at, len, out) : 0;
        if (rc < 0)
            return rc;
        at += len;
        at += strspn(at, ", ");
    }
    return 0;
}

static int skip(const struct source *s, const yaml_node_t *n, void *out) {
    (void)s, (void)n, (void)out;
    return 0;
}

/* ---- mappings, by rows ---- */

#define AT(field) offsetof(struct role, field)

struct key {
    const char *name;
    int (*read)(const struct source *s, const yaml_node_t *n, void *out);
    size_t offset; /* in struct role */
    bool required;
};

static int read_mapping(const struct source *s, const yaml_node_t *n, const struct key *keys,
                        const char *where) {
    uint32_t seen = 0;
    if (n->type != YAML_MAPPING_NODE)
        return bad_word(s, n, "%s has to hold keys and values", where);
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(s->doc, p->key);
        const char *name = scalar(key);
        int i = 0;
        while (name && keys[i].name && strcmp(keys[i].name, name) != 0)
            i++;
        if (!name || !keys[i].name)
            return bad_word(s, key, "there is no key \"%.60s\"", name ? name : "(a list)");
        if (seen >> i & 1)
            return bad_word(s, key, "\"%s\" stands there twice", name);
        seen |= UINT32_C(1) << i;
        int rc = keys[i].read(s, yaml_document_get_node(s->doc, p->value),
                              (char *)s->role + keys[i].offset);
        if (rc < 0)
            return rc;
    }
    for (int i = 0; keys[i].name; i++)
        if (keys[i].required && !(seen >> i & 1))
            return bad_word(s, n, "\"%s\" is missing", keys[i].name);
    return 0;
}

static int read_budget(const struct source *s, const yaml_node_t *n, void *out) {
    static const struct key keys[] = {
        {"seconds",      read_int,  AT(budget.seconds),      true },
        {"turns",        read_int,  AT(budget.turns),        true },
        {"tokens",       read_int,  AT(budget.tokens),       true },
        {"usd",          read_real, AT(budget.usd),          true },
        {"output-bytes", read_int,  AT(budget.output_bytes), false},
        {NULL,           NULL,      0,                       false},
    };
    (void)out;
    return read_mapping(s, n, keys, "budget");
}

static int read_diff(const struct source *s, const yaml_node_t *n, void *out) {
    static const struct key keys[] = {
        {"files", read_int, AT(files), true },
        {"lines", read_int, AT(lines), true },
        {"bytes", read_int, AT(bytes), true },
        {NULL,    NULL,     0,         false},
    };
    (void)out;
    return read_mapping(s, n, keys, "diff");
}

/* Tests and tolerances are read-only, whether or not they are said to be. */
static void close_all(struct role *r) {
    const char **lists[] = {r->read_only, r->tests, r->tolerances};
    const char **all = arena_array(&r->arena, 3 * (size_t)ROLE_LIST_MAX + 1, sizeof(*all));
    size_t len = 0;
    for (size_t l = 0; l < 3; l++)
        for (const char **p = lists[l]; *p; p++) {
            size_t i = 0;
            while (i < len && strcmp(all[i], *p) != 0)
                i++;
            all[i] = *p;
            len += i == len;
        }
    r->read_only = all;
}

static int read_attempts(const struct source *s, const yaml_node_t *n, void *out) {
    const char *text = scalar(n);
    if (!text || (strcmp(text, "refuse") != 0 && strcmp(text, "record") != 0))
        return bad(s, n, "attempts at what is forbidden: refuse or record");
    *(bool *)out = strcmp(text, "record") == 0;
    return 0;
}

static int read_ours(const struct source *s, const yaml_node_t *n, void *out) {
    static const struct key keys[] = {
        {"edit",       read_paths,    AT(edit),       true },
        {"read-only",  read_paths,    AT(read_only),  true },
        {"tests",      read_paths,    AT(tests),      false},
        {"tolerances", read_paths,    AT(tolerances), false},
        {"attempts",   read_attempts, AT(records),    false},
        {"network",    read_network,  AT(network),    true },
        {"budget",     read_budget,   0,              true },
        {"diff",       read_diff,     0,              false},
        {NULL,         NULL,          0,              false},
    };
    (void)out;
    int rc = read_mapping(s, n, keys, "noctule");
    if (rc == 0)
        close_all(s->role);
    return rc;
}

/* What Claude Code knows beside is let through where it grants nothing. */
static int read_top(const struct source *s, const yaml_node_t *n) {
    static const struct key keys[] = {
        {"name",        read_text,  AT(name),        true },
        {"description", read_text,  AT(description), true },
        {"tools",       read_tools, AT(tools),       true },
        {"noctule",     read_ours,  0,               true },
        {"model",       skip,       0,               false},
        {"color",       skip,       0,               false},
        {"effort",      skip,       0,               false},
        {NULL,          NULL,       0,               false},
    };
    return read_mapping(s, n, keys, "the front matter");
}

static int read_yaml(struct role *role, const char *text, size_t len) {
    struct source s = {.role = role};
    yaml_parser_t parser;
    yaml_document_t doc;
    int rc;
    if (!yaml_parser_initialize(&parser))
        return err_set(ERR_NOMEM, "no memory to read %s", role->file);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (!yaml_parser_load(&parser, &doc)) {
        rc = err_set(ERR_FORMAT, "%s:%zu: %s", role->file, parser.problem_mark.line + 2,
                     parser.problem ? parser.problem : "the front matter is no YAML");
        yaml_parser_delete(&parser);
        return rc;
    }
    s.doc = &doc;
    const yaml_node_t *root = yaml_document_get_root_node(&doc);
    rc = root ? read_top(&s, root)
              : err_set(ERR_FORMAT, "%s: the front matter is empty", role->file);
    yaml_document_delete(&doc);
    yaml_parser_delete(&parser);
    return rc;
}

/* "---", lines, "---", text. */
static int split(struct role *role, const char *text, size_t len, size_t *begin, size_t *end) {
    size_t line = 1, at = 4;
    if (len < 4 || memcmp(text, "---\n", 4) != 0)
        return err_set(ERR_FORMAT, "%s: the first line is not ---, so it has no front matter",
                       role->file);
    while (at < len) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t next = newline ? (size_t)(newline - text) + 1 : len;
        line++;
        if (next - at == 4 && memcmp(text + at, "---\n", 4) == 0) {
            *begin = 4;
            *end = at;
            role->text = arena_strndup(&role->arena, text + next, len - next);
            role->text_line = line + 1;
            return 0;
        }
        at = next;
    }
    return err_set(ERR_FORMAT, "%s: a second line --- must end the front matter", role->file);
}

int role_parse(struct role *out, const char *text, size_t len, const char *name) {
    static const char *nothing[] = {NULL};
    struct role r = {
        .edit = nothing, .read_only = nothing, .tests = nothing, .tolerances = nothing};
    size_t begin = 0, end = 0, offset;
    arena_init(&r.arena, 0);
    r.file = arena_strdup(&r.arena, name);
    int rc = 0;
    if (len > ROLE_FILE_MAX)
        rc = err_set(ERR_LIMIT, "%s has more than %d bytes", name, (int)ROLE_FILE_MAX);
    else if (!utf8_valid(text, len, &offset) || memchr(text, '\0', len))
        rc = err_set(ERR_FORMAT, "%s is no text in UTF-8", name);
    if (rc == 0)
        rc = split(&r, text, len, &begin, &end);
    if (rc == 0)
        rc = read_yaml(&r, text + begin, end - begin);
    if (rc < 0)
        role_done(&r);
    else
        *out = r;
    return rc;
}

int role_load(struct role *out, const char *path) {
    struct file f;
    int rc = file_read(&f, path, ROLE_FILE_MAX);
    if (rc < 0)
        return rc;
    rc = role_parse(out, (const char *)f.data, f.size, path);
    file_done(&f);
    return rc;
}

void role_done(struct role *r) {
    arena_done(&r->arena);
    memset(r, 0, sizeof(*r));
}

bool role_is_readme(const char *path) {
    return strcmp(file_base_name(path), "README.md") == 0;
}

static int is_role(const struct dirent *e) {
    size_t len = strlen(e->d_name);
    return len > 3 && strcmp(e->d_name + len - 3, ".md") == 0 && e->d_name[0] != '.' &&
           !role_is_readme(e->d_name);
}

int roles_load(struct roles *out, const char *folder) {
    struct roles all = {0};
    struct dirent **names = NULL;
    int rc = 0, count = scandir(folder, &names, is_role, alphasort);
    if (count < 0)
        return errno == ENOENT ? err_set(ERR_NOTFOUND,
                                         "there is no folder %s of role files; --roles names "
                                         "another",
                                         folder)
                               : err_errno(ERR_IO, "cannot read %s", folder);
    if (count == 0)
        rc = err_set(ERR_NOTFOUND, "%s holds no role", folder);
    if (count > ROLES_MAX)
        rc = err_set(ERR_LIMIT, "%s holds more than %d roles", folder, (int)ROLES_MAX);
    all.items = xcalloc((size_t)count + 1, sizeof(*all.items));
    for (int i = 0; i < count; i++) {
        struct buf path;
        buf_init(&path, 1 << 16);
        if (rc == 0)
            rc = role_load(&all.items[all.len], file_join(&path, folder, names[i]->d_name));
        all.len += rc == 0;
        buf_done(&path);
        free(names[i]);
    }
    free(names);
    if (rc < 0)
        roles_done(&all);
    else
        *out = all;
    return rc;
}

void roles_done(struct roles *r) {
    for (size_t i = 0; i < r->len; i++)
        role_done(&r->items[i]);
    free(r->items);
    memset(r, 0, sizeof(*r));
}
