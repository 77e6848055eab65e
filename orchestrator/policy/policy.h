/* SPDX-License-Identifier: Apache-2.0 */
/* policy: the commit rules of a project, read from "rules" of its noctule.json, and what they find.
 *
 * A row is {"kind": …, parameters…} or {"preset": NAME or PATH}, whose rows it stands for; a later
 * row of the same id replaces a preset's, and "off": true removes it. docs/commits.md lists the
 * kinds. What is not known is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/policy/view.h"

struct arena;
struct kind;
struct policy;

enum { POLICY_RULES_MAX = 256, POLICY_FOUND_MAX = 1000 };

/* text is a noctule.json or a preset; other keys than "rules" are not looked at. folder is where
 * paths of presets begin. 0, ERR_FORMAT, ERR_NOTFOUND, ERR_IO, ERR_LIMIT. */
int policy_parse(struct policy **out, const char *text, size_t len, const char *name,
                 const char *folder);
int policy_load(struct policy **out, const char *path);
/* Reads a preset that is a path, as it is written; the text lives in the arena. As file_read(). */
typedef int policy_reader(const void *ctx, struct arena *arena, const char *path, const char **text,
                          size_t *len);
/* The same as policy_parse() of rules that do not lie on the disk. */
int policy_parse_from(struct policy **out, const char *text, size_t len, const char *name,
                      policy_reader *read, const void *ctx);
/* Globs and paths of the rules count from that folder below the top of the tree: "" or "sub/". */
void policy_place(struct policy *p, const char *prefix);
void policy_free(struct policy *p); /* NULL is fine */

size_t policy_len(const struct policy *p);
/* The ids of what one of the two has and the other has not, or not just so: "\"paths\", \"text\"",
 * in the arena; NULL when they hold to the same. */
const char *policy_compare(const struct policy *a, const struct policy *b, struct arena *arena);
/* Takes out of p what `of` has just so. */
void policy_subtract(struct policy *p, const struct policy *of);
/* What a view must hold for every rule to be asked: enum view_part bits. */
unsigned policy_needs(const struct policy *p);
/* Paths that rules want to see whether they changed or not; *count of them. */
const char *const *policy_files(const struct policy *p, size_t *count);
/* The commands of the first rule of kind builds: argument lists, NULL-terminated; or NULL. */
const char ***policy_builds(const struct policy *p);

struct violation {
    const char *rule, *kind, *commit; /* commit: 40 digits or "" */
    const char *place;
    size_t line; /* 0 = none */
    const char *text, *mend;
    bool warning; /* "level": "warning": told, and no reason to refuse */
};

struct findings {
    struct violation *rows; /* [len] in the order of commits and rules; strings in the arena */
    size_t len, errors, warnings;
    size_t rules;           /* how many there are */
    size_t asked;           /* rule × commit */
    const char **not_asked; /* [not_asked_len] ids of rules that lacked what they need to see */
    size_t not_asked_len;
    const char *changed; /* who changed which rules, whose old form holds too; NULL = nobody */
};

void policy_check(const struct policy *p, struct arena *arena, const struct view_range *range,
                  struct findings *out);
/* Every kind there is, NULL-terminated. */
extern const struct kind *const kind_table[];
