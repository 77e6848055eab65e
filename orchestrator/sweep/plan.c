/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/plan.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/map.h"

enum { PATH_BYTES_MAX = 64 << 10 };

void plan_init(struct plan *plan, const struct config *config, const char *build) {
    *plan = (struct plan){.config = config};
    arena_init(&plan->arena, 0);
    plan->build = arena_strdup(&plan->arena, build);
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    plan->self = n > 0 ? arena_strndup(&plan->arena, self, (size_t)n) : "noctule";
}

void plan_done(struct plan *plan) {
    free(plan->cells);
    arena_done(&plan->arena);
}

/* One combination of values: choice[i] is a value of suite->axes[i]. */
struct point {
    struct plan *plan;
    const struct suite *suite;
    const char *family, *fixture;
    const size_t *choice;
};

static const char *fill(const struct point *p, const char *name, size_t len) {
    const struct {
        const char *name, *value;
    } fixed[] = {
        {"family",  p->family     },
        {"fixture", p->fixture    },
        {"build",   p->plan->build},
        {"noctule", p->plan->self },
        {"case",    "{case}"      }, /* filled when there is one */
        {NULL,      NULL          }
    };
    for (size_t i = 0; fixed[i].name; i++)
        if (strlen(fixed[i].name) == len && strncmp(fixed[i].name, name, len) == 0)
            return fixed[i].value;
    for (size_t i = 0; i < p->suite->axis_count; i++) {
        const struct axis *axis = &p->suite->axes[i];
        if (strlen(axis->name) == len && strncmp(axis->name, name, len) == 0)
            return axis->values[p->choice[i]].name;
    }
    return strncmp("good", name, len) == 0 ? "{good}" : ""; /* as {case} */
}

/* The text with its holes filled; config has checked that each can be. */
static const char *fill_all(const struct point *p, const char *text) {
    struct buf out;
    buf_init(&out, PATH_BYTES_MAX);
    for (const char *close; *text; text = close + 1) {
        size_t plain = strcspn(text, "{");
        buf_add(&out, text, plain);
        text += plain;
        close = strchr(text, '}');
        if (!close)
            break;
        buf_puts(&out, fill(p, text + 1, (size_t)(close - text - 1)));
    }
    const char *filled = arena_strdup(&p->plan->arena, out.data);
    buf_done(&out);
    return filled;
}

void plan_put_word(struct buf *out, const char *word) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
    if (out->len)
        buf_putc(out, ' ');
    if (*word && strspn(word, plain) == strlen(word)) {
        buf_puts(out, word);
        return;
    }
    buf_putc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *word);
    buf_putc(out, '\'');
}

/* The command with its holes filled; *as_line for a shell. */
static const char **make_argv(const struct point *p, const char *const *command,
                              const char **as_line) {
    size_t n = 0;
    struct buf line;
    while (command[n])
        n++;
    const char **argv = arena_array(&p->plan->arena, n + 1, sizeof(*argv));
    buf_init(&line, PATH_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        argv[i] = fill_all(p, command[i]);
        plan_put_word(&line, argv[i]);
    }
    *as_line = arena_strdup(&p->plan->arena, line.data);
    buf_done(&line);
    return argv;
}

static void make_commands(const struct point *p, struct plan_cell *c) {
    c->argv = make_argv(p, p->suite->command, &c->command);
    c->program = p->suite->swept ? fill_all(p, p->suite->swept) : c->argv[0];
    c->command_one = arena_printf(&p->plan->arena, "%s --case '{case}'", c->command);
    const char *line;
    if (p->suite->diagnose)
        c->diagnose = make_argv(p, p->suite->diagnose, &line);
    if (p->suite->decoy)
        c->decoy = make_argv(p, p->suite->decoy, &line);
}

static void make_needs(const struct point *p, struct plan_cell *c) {
    c->na = "";
    c->needs = arena_array(&p->plan->arena, p->suite->axis_count, sizeof(*c->needs));
    for (size_t i = 0; i < p->suite->axis_count; i++) {
        const struct axis *axis = &p->suite->axes[i];
        const struct axis_value *value = &axis->values[p->choice[i]];
        if (*value->needs && !file_exists(value->needs))
            c->na = arena_printf(&p->plan->arena, "this machine has no %s, which %s %s needs",
                                 value->needs, axis->name, value->name);
        if (!value->needs_command)
            continue;
        struct plan_need *need = &c->needs[c->need_count++];
        *need = (struct plan_need){.axis = axis->name, .value = value->name};
        need->argv = make_argv(p, value->needs_command, &need->line);
    }
}

/* "backend=cpu,dtype=bf16" and the rest of the variant; axes are sorted by name. */
static void make_variant(const struct point *p, struct plan_cell *c) {
    struct buf axes, label, lines;
    struct variant *v = &c->cell.variant;
    buf_init(&axes, PATH_BYTES_MAX);
    buf_init(&label, PATH_BYTES_MAX);
    buf_init(&lines, PATH_BYTES_MAX);
    v->backend = v->dtype = "";
    for (size_t i = 0; i < p->suite->axis_count; i++) {
        const struct axis *axis = &p->suite->axes[i];
        const struct axis_value *value = &axis->values[p->choice[i]];
        buf_printf(&axes, "%s%s=%s", i ? "," : "", axis->name, value->name);
        buf_printf(&label, "%s%s", i ? "/" : "", value->name);
        buf_printf(&lines, "%s=%s\n", axis->name, value->name);
        if (strcmp(axis->name, "backend") == 0)
            v->backend = value->name;
        if (strcmp(axis->name, "dtype") == 0)
            v->dtype = value->name;
    }
    char hash[HASH_HEX_SIZE];
    v->hash = arena_strdup(&p->plan->arena, hash_bytes(lines.data, lines.len, hash));
    v->axes = arena_strdup(&p->plan->arena, axes.data);
    v->label = arena_strdup(&p->plan->arena, label.data);
    buf_done(&axes);
    buf_done(&label);
    buf_done(&lines);
}

static void add_cell(const struct point *p) {
    struct plan *plan = p->plan;
    if (plan->len == plan->cap) {
        plan->cap = plan->cap ? plan->cap * 2 : 32;
        plan->cells = xrealloc(plan->cells, plan->cap * sizeof(*plan->cells));
    }
    struct plan_cell *c = &plan->cells[plan->len++];
    *c = (struct plan_cell){.suite = p->suite, .fault = "", .program_sha256 = ""};
    make_variant(p, c);
    make_needs(p, c);
    c->cell.suite = p->suite->name;
    c->cell.family = arena_strdup(&plan->arena, p->family);
    c->fixture = arena_strdup(&plan->arena, p->fixture);
    c->cell.name =
        arena_printf(&plan->arena, "%s/%s/%s", p->suite->name, p->family, c->cell.variant.label);
    char *log = arena_printf(&plan->arena, "%s.log", c->cell.name);
    for (char *at = log; *at; at++)
        if (*at == '/')
            *at = '.';
    c->log = log;
    make_commands(p, c);
}

int plan_add_family(struct plan *plan, const struct suite *suite, const char *family,
                    const char *fixture) {
    size_t *choice = arena_array(&plan->arena, suite->axis_count, sizeof(*choice)), i;
    do {
        if (plan->len >= PLAN_CELLS_MAX)
            return err_set(ERR_LIMIT, "the plan has more than %d cells", PLAN_CELLS_MAX);
        add_cell(&(struct point){plan, suite, family, fixture, choice});
        /* Counts up like a mileage counter, the last axis fastest. */
        for (i = suite->axis_count; i > 0; i--) {
            if (++choice[i - 1] < suite->axes[i - 1].len)
                break;
            choice[i - 1] = 0;
        }
    } while (i > 0);
    return 0;
}

/* Below the root, without a slash or a dot at the end; the root itself is ".". */
static const char *below_root(const struct plan *plan, char *folder) {
    size_t root = strlen(plan->config->root), len = strlen(folder);
    while (root > 1 && plan->config->root[root - 1] == '/')
        root--;
    while (len > 1 && (folder[len - 1] == '/' || strcmp(folder + len - 2, "/.") == 0))
        folder[--len] = '\0';
    if (strncmp(folder, plan->config->root, root) == 0 && (folder[root] == '/' || !folder[root]))
        folder += root + strspn(folder + root, "/");
    return *folder ? folder : ".";
}

/* A family is a folder, so each has a name of its own. */
static int check_family(const struct plan *plan, const struct suite *suite, const char *family,
                        const char *fixture) {
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_cell *c = &plan->cells[i];
        if (c->suite != suite || strcmp(c->cell.family, family) != 0)
            continue;
        if (strcmp(c->fixture, fixture) == 0)
            return err_set(ERR_FORMAT,
                           "suite %s: %s matches more than one file of %s, and a folder is one "
                           "family; name the folder, or one file of each",
                           suite->name, suite->fixtures, fixture);
        return err_set(ERR_FORMAT,
                       "suite %s: the fixtures %s and %s would both be the family %s, for it is "
                       "the folder that names one",
                       suite->name, c->fixture, fixture, family);
    }
    return 0;
}

/* A fixture is a folder, or the folder of a file that the glob names. A checkout may lie anywhere,
 * so its own folder gives no name: that is the subject's. */
static int add_fixture(struct plan *plan, const struct suite *suite, const char *path) {
    char *folder = arena_strdup(&plan->arena, path);
    if (!file_is_dir(path)) {
        char *slash = strrchr(folder, '/');
        if (!slash)
            return 0;
        *slash = '\0';
    }
    const char *below = below_root(plan, folder);
    const char *family = strcmp(below, ".") == 0 ? plan->config->name : file_base_name(below);
    if (!file_is_plain_name(family, strlen(family)) || strlen(family) > CONFIG_NAME_MAX)
        return err_set(ERR_FORMAT, "the fixture %s has a name that no family can have", folder);
    int rc = check_family(plan, suite, family, below);
    return rc == 0 ? plan_add_family(plan, suite, family, below) : rc;
}

/* A path that stands for itself in a pattern. */
static const char *escaped(struct arena *arena, const char *path) {
    char *out = arena_alloc(arena, 2 * strlen(path) + 1), *to = out;
    for (; *path; *to++ = *path++)
        if (strchr("*?[\\", *path))
            *to++ = '\\';
    *to = '\0';
    return out;
}

static int add_suite(struct plan *plan, const struct suite *suite) {
    const char *root = escaped(&plan->arena, plan->config->root);
    struct buf pattern;
    glob_t found = {0};
    buf_init(&pattern, PATH_BYTES_MAX);
    int got = glob(file_join(&pattern, root, suite->fixtures), 0, NULL, &found);
    int rc = 0;
    if (got != 0 && got != GLOB_NOMATCH)
        rc = err_set(ERR_IO, "cannot look for the fixtures %s in %s", suite->fixtures,
                     plan->config->root);
    else if (got == GLOB_NOMATCH)
        rc = err_set(ERR_NOTFOUND, "suite %s: there are no fixtures %s in %s", suite->name,
                     suite->fixtures, plan->config->root);
    for (size_t i = 0; rc == 0 && got == 0 && i < found.gl_pathc; i++)
        rc = add_fixture(plan, suite, found.gl_pathv[i]);
    globfree(&found);
    buf_done(&pattern);
    return rc;
}

static bool is_among(const struct opt_list *words, const char *word) {
    for (size_t i = 0; i < words->len; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return words->len == 0;
}

static bool is_wanted(const struct cell *c, const struct plan_filter *filter) {
    return is_among(&filter->family, c->family) && is_among(&filter->backend, c->variant.backend) &&
           is_among(&filter->dtype, c->variant.dtype) && is_among(&filter->cells, c->name);
}

static const char *family_of(const struct cell *c) {
    return c->family;
}
static const char *backend_of(const struct cell *c) {
    return c->variant.backend;
}
static const char *dtype_of(const struct cell *c) {
    return c->variant.dtype;
}

/* Each name once, in the plan's order. */
static void put_names(struct buf *out, const char *what, const struct plan *plan,
                      const char *(*name_of)(const struct cell *)) {
    int put = 0;
    for (size_t i = 0; i < plan->len; i++) {
        const char *name = name_of(&plan->cells[i].cell);
        size_t k = 0;
        while (k < i && strcmp(name_of(&plan->cells[k].cell), name) != 0)
            k++;
        if (k == i && *name)
            buf_printf(out, "%s%s", put++ ? ", " : what, name);
    }
}

/* What there is instead of what was asked for. */
static int nothing_left(const struct plan *plan) {
    struct buf names;
    buf_init(&names, 400);
    put_names(&names, "families ", plan, family_of);
    put_names(&names, "; backends ", plan, backend_of);
    put_names(&names, "; dtypes ", plan, dtype_of);
    if (names.over && names.len > 3)
        memcpy(names.data + names.len - 3, "...", 3);
    int rc = err_set(ERR_NOTFOUND, "no cell is left by these filters; there are: %s", names.data);
    buf_done(&names);
    return rc;
}

static int check_unique(const struct plan *plan) {
    struct map seen;
    int rc = 0;
    map_init(&seen, plan->len);
    for (size_t i = 0; rc == 0 && i < plan->len; i++)
        if (!map_add(&seen, plan->cells[i].log, strlen(plan->cells[i].log), (uint32_t)i))
            rc = err_set(ERR_FORMAT, "two cells are called %s", plan->cells[i].cell.name);
    map_done(&seen);
    return rc;
}

int plan_make(struct plan *plan, const struct plan_filter *filter) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->config->suite_count; i++)
        rc = add_suite(plan, &plan->config->suites[i]);
    if (rc == 0)
        rc = check_unique(plan);
    if (rc < 0)
        return rc;
    size_t kept = 0;
    for (size_t i = 0; i < plan->len; i++)
        kept += is_wanted(&plan->cells[i].cell, filter);
    if (kept == 0)
        return nothing_left(plan);
    kept = 0;
    for (size_t i = 0; i < plan->len; i++)
        if (is_wanted(&plan->cells[i].cell, filter))
            plan->cells[kept++] = plan->cells[i];
    plan->len = kept;
    return 0;
}
