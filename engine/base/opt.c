/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/opt.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/nearest.h"

void opt_list_done(struct opt_list *l) {
    free(l->items);
    *l = (struct opt_list){0};
}

static bool has_own(const struct opt *rows, const char *name) {
    for (const struct opt *o = rows; o->type != OPT_END; o++)
        if (o->type != OPT_GROUP && strcmp(o->name, name) == 0)
            return true;
    return false;
}

/* The next row of a group that the table has none of its own for. */
static bool next_of_group(struct opt_walk *w, const struct opt *group, struct opt *out) {
    const struct opt *rows = group->value;
    while (rows[w->inner].type != OPT_END) {
        *out = rows[w->inner++];
        CHECK(out->type != OPT_GROUP);
        out->offset += group->offset;
        if (!has_own(w->rows, out->name))
            return true;
    }
    return false;
}

bool opt_next(struct opt_walk *w, struct opt *out) {
    for (; w->rows && w->rows[w->next].type != OPT_END; w->next++, w->inner = 0) {
        const struct opt *o = &w->rows[w->next];
        if (o->type == OPT_GROUP && next_of_group(w, o, out))
            return true;
        if (o->type == OPT_GROUP)
            continue;
        w->next++;
        *out = *o;
        return true;
    }
    return false;
}

void opt_done(const struct opt *rows, void *into) {
    struct opt o;
    for (struct opt_walk w = {.rows = rows}; opt_next(&w, &o);) {
        if (o.type != OPT_LIST)
            continue;
        struct opt_list list;
        memcpy(&list, (char *)into + o.offset, sizeof(list));
        opt_list_done(&list);
        memcpy((char *)into + o.offset, &list, sizeof(list));
    }
}

static void list_add(struct opt_list *l, const char *item) {
    l->items = xrealloc(l->items, (l->len + 1) * sizeof(*l->items));
    l->items[l->len++] = item;
}

static bool has_range(const struct opt *o) {
    return o->min != 0 || o->max != 0;
}

static int out_of_range(const struct opt *o, const char *text) {
    return err_set(ERR_ARG, "--%s is %s; it must be between %.15g and %.15g", o->name, text, o->min,
                   o->max);
}

static int set_int(const struct opt *o, void *field, const char *text) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool starts_well = (*text >= '0' && *text <= '9') || *text == '-';
    if (!starts_well || end == text || *end || errno == ERANGE)
        return err_set(ERR_ARG, "--%s needs a whole number, not \"%s\"", o->name, text);
    if (has_range(o) && ((double)value < o->min || (double)value > o->max))
        return out_of_range(o, text);
    int64_t kept = value;
    memcpy(field, &kept, sizeof(kept));
    return 0;
}

static int set_real(const struct opt *o, void *field, const char *text) {
    char *end;
    double value = strtod(text, &end);
    bool starts_well = *text && strchr("0123456789.-", *text);
    if (!starts_well || end == text || *end || !isfinite(value))
        return err_set(ERR_ARG, "--%s needs a number, not \"%s\"", o->name, text);
    if (has_range(o) && (value < o->min || value > o->max))
        return out_of_range(o, text);
    memcpy(field, &value, sizeof(value));
    return 0;
}

static int set_value(const struct opt *o, void *into, const char *text) {
    char *field = (char *)into + o->offset;
    switch (o->type) {
    case OPT_INT:
        return set_int(o, field, text);
    case OPT_REAL:
        return set_real(o, field, text);
    case OPT_STR:
        memcpy(field, &text, sizeof(text));
        return 0;
    case OPT_LIST: {
        struct opt_list list;
        memcpy(&list, field, sizeof(list));
        list_add(&list, text);
        memcpy(field, &list, sizeof(list));
        return 0;
    }
    case OPT_FLAG:
    case OPT_GROUP:
    case OPT_END:
        break;
    }
    CHECK(false && "an option type without a value");
    return 0;
}

static void set_flag(const struct opt *o, void *into) {
    bool yes = true;
    memcpy((char *)into + o->offset, &yes, sizeof(yes));
}

static int unknown_option(const struct opt *rows, const char *name, size_t len) {
    char *word = xstrndup(name, len);
    struct nearest near;
    struct opt o;
    nearest_init(&near, word);
    for (struct opt_walk w = {.rows = rows}; opt_next(&w, &o);)
        nearest_offer(&near, o.name);
    nearest_offer(&near, "help");
    int rc = near.best
                 ? err_set(ERR_ARG, "unknown option --%s; did you mean --%s?", word, near.best)
                 : err_set(ERR_ARG, "unknown option --%s", word);
    free(word);
    return rc;
}

/* What the parser walks over: argv, read at `next`, operands collected at `kept`. */
struct words {
    char **argv;
    int argc, next, kept;
};

static int take_value(struct words *w, const struct opt *o, void *into, const char *attached) {
    const char *value = o->value ? o->value : "VALUE";
    if (!attached && w->next == w->argc)
        return err_set(ERR_ARG, "--%s needs a value: --%s %s", o->name, o->name, value);
    return set_value(o, into, attached ? attached : w->argv[w->next++]);
}

/* By its name, of len bytes, or by its letter when that is NULL. */
static bool find_row(const struct opt *rows, const char *name, size_t len, char letter,
                     struct opt *out) {
    for (struct opt_walk w = {.rows = rows}; opt_next(&w, out);)
        if (name ? strncmp(out->name, name, len) == 0 && !out->name[len] : out->letter == letter)
            return true;
    return false;
}

static int parse_long(const struct opt *rows, struct words *w, void *into, const char *name) {
    size_t len = strcspn(name, "=");
    const char *attached = name[len] ? name + len + 1 : NULL;
    struct opt o;
    if (!find_row(rows, name, len, '\0', &o))
        return strcmp(name, "help") == 0 ? err_set(ERR_STOPPED, "help was asked for")
                                         : unknown_option(rows, name, len);
    if (o.type != OPT_FLAG)
        return take_value(w, &o, into, attached);
    if (attached)
        return err_set(ERR_ARG, "--%s takes no value", o.name);
    set_flag(&o, into);
    return 0;
}

/* -abc is -a -b -c while these are flags; the first that is not takes the rest as its value. */
static int parse_letters(const struct opt *rows, struct words *w, void *into, const char *letters) {
    for (; *letters; letters++) {
        struct opt o;
        if (!find_row(rows, NULL, 0, *letters, &o))
            return *letters == 'h' ? err_set(ERR_STOPPED, "help was asked for")
                                   : err_set(ERR_ARG, "unknown option -%c", *letters);
        if (o.type != OPT_FLAG)
            return take_value(w, &o, into, letters[1] ? letters + 1 : NULL);
        set_flag(&o, into);
    }
    return 0;
}

int opt_parse(const struct opt *rows, void *into, int *argc, char **argv) {
    struct words w = {.argv = argv, .argc = *argc};
    int rc = 0;
    bool options = true;
    while (rc == 0 && w.next < w.argc) {
        char *word = w.argv[w.next++];
        if (!options || word[0] != '-' || !word[1])
            w.argv[w.kept++] = word;
        else if (strcmp(word, "--") == 0)
            options = false;
        else if (word[1] == '-')
            rc = parse_long(rows, &w, into, word + 2);
        else
            rc = parse_letters(rows, &w, into, word + 1);
    }
    if (rc == 0)
        *argc = w.kept;
    return rc;
}
