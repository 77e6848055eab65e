/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/allow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/shell/reach.h"
#include "orchestrator/shell/scope.h"
#include "orchestrator/shell/transfer.h"

/* Programs of the tree itself are meant by these names, too. */
static const char *const own_folders[] = {"build/release/", "./build/release/"};

struct call {
    const struct allow_row *row;
    const struct scope *scope;
    const char *const *argv; /* behind the program's words */
    size_t argc, at;
    const char *before; /* the operand before the one that is looked at, or NULL */
    bool only_operands; /* "--" was there */
    bool has_text;      /* "-e PATTERN" was there, in place of the first operand */
    bool spares_git;    /* "--exclude-dir=.git" was there */
};

static const char *const levels[] = {
#define X(name, word, text) word,
    ALLOW_LEVEL_MAP(X)
#undef X
};

const char *allow_level_name(enum allow_level level) {
    return levels[level];
}

int allow_level_parse(enum allow_level *out, const char *word) {
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (strcmp(levels[i], word) == 0) {
            *out = (enum allow_level)i;
            return 0;
        }
    return err_set(ERR_ARG, "there is no level \"%s\"; there are read, test and edit", word);
}

/* Whether word stands between two bars of list. */
static bool in_list(const char *list, size_t list_len, const char *word, size_t len) {
    for (size_t at = 0; at <= list_len;) {
        const char *end = memchr(list + at, '|', list_len - at);
        size_t one = end ? (size_t)(end - list) - at : list_len - at;
        if (one == len && memcmp(list + at, word, len) == 0)
            return true;
        at += one + 1;
    }
    return false;
}

/* ---- kinds of values ---- */

static bool is_made_of(const char *word, const char *bytes) {
    return *word && word[strspn(word, bytes)] == '\0';
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_number(const char *word) {
    size_t digits = strspn(word, "0123456789");
    return digits > 0 && digits <= 12 && word[digits] == '\0';
}

/* ".." as a whole part of a path. */
static bool climbs(const char *word) {
    for (const char *p = word; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
        if (strcspn(p, "/") == 2 && memcmp(p, "..", 2) == 0)
            return true;
    return false;
}

static int check_rev(const struct call *c, const char *word) {
    if (!is_made_of(word, LETTERS "._/~^@{}:+-") || *word == '/' || *word == ':' || climbs(word))
        return err_set(ERR_ARG, "%s is no plain commit or path for git", word);
    return scope_read(c->scope, word); /* which git would open, were it a path */
}

static int check_lines(const char *word) {
    const char *p = word + strspn(word, "0123456789$");
    if (*p == ',')
        p += 1 + strspn(p + 1, "0123456789$+");
    return p > word && strcmp(p, "p") == 0
               ? 0
               : err_set(ERR_ARG, "\"%s\": sed may print lines, as \"3,9p\", and no more", word);
}

static int check_path(const struct call *c, const char *word, bool write) {
    if (strcmp(word, "-") == 0 && !write)
        return 0;
    if (*word == '-')
        return err_set(ERR_ARG, "%s looks like an option; write ./%s", word, word);
    return write ? scope_write(c->scope, word) : scope_read(c->scope, word);
}

static int check_word(bool good, const char *kind, const char *word) {
    return good ? 0 : err_set(ERR_ARG, "\"%s\" is no %s", word, kind);
}

static int check_transfer(const struct call *c, const char *word, bool into) {
    if (*word == '-')
        return err_set(ERR_ARG, "%s looks like an option; write ./%s", word, word);
    CHECK(!into || c->before); /* "into" is never a row's first operand */
    return into ? transfer_into(c->scope, c->before, word) : transfer_from(c->scope, word);
}

static int check_tree(const struct call *c, const char *word, bool by_links) {
    unsigned flags = (by_links ? REACH_BY_LINKS : 0) | (c->spares_git ? REACH_SPARES_GIT : 0);
    int rc = check_path(c, word, false);
    bool spared = flags == REACH_SPARES_GIT; /* then nothing of it is closed */
    return rc < 0 || spared || strcmp(word, "-") == 0 ? rc : reach_below(c->scope, word, flags);
}

/* kind [len]: as struct allow_row says. */
static int check_kind(const struct call *c, const char *kind, size_t len, const char *word) {
    static const char *const kinds[] = {"text",  "number", "name", "path", "edit", "rev",
                                        "lines", "moved",  "into", "tree", "pick", "deep"};
    const size_t count = sizeof(kinds) / sizeof(*kinds);
    size_t which = 0;
    if (*kind == '(')
        return check_word(in_list(kind + 1, len - 2, word, strlen(word)), "word allowed here",
                          word);
    while (which < count && (strlen(kinds[which]) != len || memcmp(kinds[which], kind, len) != 0))
        which++;
    switch (which) {
    case 0:
        return 0;
    case 1:
        return check_word(is_number(word), "number", word);
    case 2:
        return check_word(is_made_of(word, LETTERS "._+:,@/-") && !climbs(word) && *word != '/' &&
                              *word != '-',
                          "plain name", word);
    case 3:
        return check_path(c, word, false);
    case 4:
        return check_path(c, word, true);
    case 5:
        return *word == '-' ? check_path(c, word, false) : check_rev(c, word);
    case 6:
        return check_lines(word);
    case 7:
        return check_transfer(c, word, false);
    case 8:
        return check_transfer(c, word, true);
    case 9:
        return check_tree(c, word, false);
    case 10:
        return reach_pattern(c->scope, word, true);
    case 11:
        return check_tree(c, word, true);
    default:
        break;
    }
    CHECK(which < count); /* a row names a kind that there is not; a test reads them all */
    return ERR_ARG;
}

/* ---- options ---- */

/* One of a row's options: name [len], then how it takes a value of which kind. */
struct option {
    const char *name, *kind;
    size_t len, kind_len;
    bool wants; /* "=": a value, else "[…]": may have one in the same word; neither: none */
    bool may;
};

static bool next_option(const char **at, struct option *o) {
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " "), name = strcspn(*at, "=[ ");
    *o = (struct option){.name = *at, .len = name};
    o->wants = name < len && (*at)[name] == '=';
    o->may = name < len && (*at)[name] == '[';
    o->kind = *at + name + (name < len);
    o->kind_len = name < len ? len - name - 1 - o->may : 0;
    *at += len;
    return len > 0;
}

static bool is_named(const struct option *o, const char *word, size_t len) {
    return o->len == len && memcmp(o->name, word, len) == 0;
}

/* "-rn" and "-rA3": letters of flags, the last of which may take a value. True when all of word
 * was read; *value as in check_option(). */
static bool read_letters(const struct call *c, const char *word, struct option *last,
                         const char **value) {
    *value = NULL;
    for (const char *p = word + 1; *p; p++) {
        char name[3] = {'-', *p, '\0'};
        const char *at = c->row->options;
        bool found = false;
        while (!found && next_option(&at, last))
            found = is_named(last, name, 2);
        if (!found || *p == '-')
            return false;
        if ((last->wants || last->may) && p[1]) {
            *value = p + 1;
            return true;
        }
    }
    return word[1] != '\0';
}

static bool read_whole(const struct call *c, const char *word, struct option *o,
                       const char **value) {
    const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    *value = equals ? equals + 1 : NULL;
    for (const char *at = c->row->options; next_option(&at, o);)
        if (is_named(o, word, len))
            return !equals || o->wants || o->may;
    return false;
}

static bool has_option(const struct call *c, const char *name) {
    struct option o;
    for (const char *at = c->row->options; next_option(&at, &o);)
        if (is_named(&o, name, strlen(name)))
            return true;
    return false;
}

/* At an option word; passes over it and its value. */
static int check_option(struct call *c) {
    const char *word = c->argv[c->at++], *value;
    struct option o;
    if (is_number(word + 1) && has_option(c, "-#"))
        return 0;
    if (!read_whole(c, word, &o, &value) && (word[1] == '-' || !read_letters(c, word, &o, &value)))
        return err_set(ERR_ARG, "%s is not an allowed option of %s", word, c->row->program);
    if (o.wants && !value) {
        if (c->at == c->argc)
            return err_set(ERR_ARG, "%s wants a value", word);
        value = c->argv[c->at++];
    }
    c->has_text = c->has_text || (o.wants && is_named(&o, "-e", 2));
    c->spares_git = c->spares_git || (is_named(&o, "--exclude-dir", 13) && !strcmp(value, ".git"));
    int rc = value ? check_kind(c, o.kind, o.kind_len, value) : 0;
    return rc < 0 ? err_while(rc, "%s", word) : 0;
}

/* ---- operands ---- */

struct operand {
    const char *kind;
    size_t len;
    char count; /* '1', '?', '*' or '+' */
};

static bool next_operand(const char **at, struct operand *o) {
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " ");
    if (len == 0)
        return false;
    char last = (*at)[len - 1];
    bool counted = last == '?' || last == '*' || last == '+';
    *o = (struct operand){*at, len - counted, counted ? last : '1'};
    *at += len;
    return true;
}

static bool is_tree(const struct operand *o) {
    return o->len == 4 && (memcmp(o->kind, "tree", 4) == 0 || memcmp(o->kind, "deep", 4) == 0);
}

static int check_operands(struct call *c, const char *const *words, size_t len) {
    struct operand o = {"", 0, '?'};
    const char *at = c->row->operands;
    size_t i = 0;
    bool skip = c->has_text;
    while (next_operand(&at, &o)) {
        bool many = o.count == '*' || o.count == '+';
        size_t before = i;
        if (skip) {
            skip = false;
            continue;
        }
        for (; i < len && (many || i == before); i++) {
            c->before = i ? words[i - 1] : NULL;
            int rc = check_kind(c, o.kind, o.len, words[i]);
            if (rc < 0)
                return rc;
        }
        if (i == before && o.count == '*' && is_tree(&o)) {
            int rc =
                check_kind(c, o.kind, o.len, "."); /* where none is named, that is what is read */
            if (rc < 0)
                return rc;
        }
        if (i == before && (o.count == '1' || o.count == '+'))
            return err_set(ERR_ARG, "%s lacks an operand", c->row->program);
    }
    return i == len ? 0
                    : err_set(ERR_ARG, "\"%s\" is one operand too many for %s", words[i],
                              c->row->program);
}

static int check_row(struct call *c) {
    const char **operands = xcalloc(c->argc + 1, sizeof(*operands));
    size_t len = 0;
    int rc = 0;
    while (rc == 0 && c->at < c->argc) {
        const char *word = c->argv[c->at];
        if (!c->only_operands && strcmp(word, "--") == 0) {
            c->only_operands = true;
            c->at++;
        } else if (!c->only_operands && word[0] == '-' && word[1]) {
            rc = check_option(c);
        } else {
            operands[len++] = word;
            c->at++;
        }
    }
    if (rc == 0)
        rc = check_operands(c, operands, len);
    free(operands);
    return rc;
}

/* ---- programs ---- */

static const char *own_name(const char *word) {
    for (size_t i = 0; i < sizeof(own_folders) / sizeof(*own_folders); i++) {
        size_t len = strlen(own_folders[i]);
        if (strncmp(word, own_folders[i], len) == 0 && strncmp(word + len, "noctule", 7) == 0)
            return word + len;
    }
    return word;
}

/* How many words of argv are the program of row: 0 when they are not. */
static size_t matched(const struct allow_row *row, const char *const *argv, size_t argc) {
    const char *name = row->program;
    for (size_t i = 0; i < argc; i++) {
        const char *word = i == 0 ? own_name(argv[0]) : argv[i];
        size_t len = strcspn(name, " ");
        if (strlen(word) != len || memcmp(name, word, len) != 0)
            return 0;
        if (!name[len])
            return i + 1;
        name += len + 1;
    }
    return 0;
}

static int refuse_program(const char *word) {
    size_t len = strlen(word);
    for (const struct allow_refusal *r = allow_refusals; r->programs; r++)
        if (in_list(r->programs, strlen(r->programs), word, len))
            return err_set(ERR_ARG, "%s %s", word, r->why);
    return err_set(ERR_ARG, "\"%s\" is not on the list of what may be run", word);
}

int allow_command(enum allow_level level, const struct scope *scope, const char *const *argv,
                  size_t argc) {
    int rc = strcmp(argv[0], "git") == 0 ? scope_ask_git(scope) : 0;
    size_t longest = 0;
    if (rc < 0)
        return rc;
    for (const struct allow_row *r = allow_rows; r->program; r++) {
        size_t words = matched(r, argv, argc);
        longest = words > longest ? words : longest;
    }
    /* Of the rows that name it best, one must allow it; a lower one does not stand in for it. */
    for (const struct allow_row *r = allow_rows; r->program && longest; r++) {
        struct call c = {.row = r, .scope = scope, .argv = argv + longest, .argc = argc - longest};
        if (matched(r, argv, argc) != longest)
            continue;
        int got = check_row(&c);
        if (got == 0 && r->level <= level)
            return 0;
        if (got == 0)
            got = err_set(ERR_ARG, "%s is for the level \"%s\", and this is \"%s\"", r->program,
                          allow_level_name(r->level), allow_level_name(level));
        rc = got;
    }
    return longest ? rc : refuse_program(argv[0]);
}

void allow_print(struct buf *out) {
    for (const struct allow_row *r = allow_rows; r->program; r++)
        buf_printf(out, "%-4s  %s%s%s%s%s\n", allow_level_name(r->level), r->program,
                   *r->options ? " " : "", r->options, *r->operands ? " " : "", r->operands);
}
