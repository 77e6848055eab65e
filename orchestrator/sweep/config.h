/* SPDX-License-Identifier: Apache-2.0 */
/* config: noctule.json, the description of a subject: how it is built, its suites, their axes.
 *
 * JSON with comments. A key that is not known is refused, so a slip of the pen cannot switch
 * something off silently. Commands are argument lists, never shell text; {family}, {fixture},
 * {build} and {AXIS} stand for what their names say. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "orchestrator/triage/waiver.h"

/* The role of a fix where noctule.json names none. It need not be there: see orchestrator/fix. */
#define CONFIG_ROLE "agents/test-runner.md"

/* The decoy of fixtures with a cases.json and a goldens.safetensors. */
#define CONFIG_GOLDENS "goldens"

enum {
    CONFIG_BYTES_MAX = 1 << 20,
    CONFIG_LIST_MAX = 256, /* entries of any list */
    CONFIG_NAME_MAX = 64,  /* bytes of a name */
};

struct axis_value {
    const char *name;
    const char *needs;          /* a path that must exist, else the cells are na; "" = nothing */
    const char **needs_command; /* NULL-terminated, with the holes {build} and {AXIS}; NULL = none.
                                   Exit status 1 says that this machine has no such thing, and its
                                   last line why; any other but 0, that nobody knows */
};

struct axis {
    const char *name;
    struct axis_value *values; /* [len] */
    size_t len;
};

struct suite {
    const char *name;
    const char *kind;     /* "noctule-check": speaks the events of sweep/event.h; else the name of a
                             runner/runner.h, which a worker of ours makes speak them */
    const char *fixtures; /* glob of folders, below the root; a family is a folder's name */
    const char **command; /* NULL-terminated, with holes */
    const char *swept;    /* the program that is tested, with holes; NULL = command[0] */
    struct axis *axes;    /* [axis_count], sorted by name */
    size_t axis_count;
    int64_t default_ms, floor_ms; /* time limit of a case: without history, and at least */
    double factor;                /* of the longest pass on record */
    int64_t startup_ms;           /* until the first case, and between cases */
    int64_t memory_bytes;         /* address space of a worker, 0 = no limit */
    int64_t retries;              /* of a red case, in the same run */
    const char **decoy;           /* spoils what cases are held against: a command, to which their
                                     ids are added, or CONFIG_GOLDENS alone; NULL = nothing can */
    const char **diagnose;        /* explains one failed case; also the hole {case}; NULL = none */
    int64_t diagnose_cases;       /* of one cell in one run, at most */
    int64_t diagnose_ms;          /* time limit of each */
};

/* How other commits than the one that is checked out are built. */
struct config_bisect {
    const char ***build; /* [build_count] instead of the subject's; 0 = those */
    size_t build_count;
    const char **inputs; /* NULL-terminated paths below the root that decide what is built;
                            NULL = everything */
    const char **keep;   /* NULL-terminated "{build}/FILE": what of a build runs the cases;
                            NULL = each build keeps its whole folder */
    int64_t build_limit_ms;
};

/* What a fix of the subject may change, and how it is proven. Paths are prefixes by whole names;
 * lists are NULL-terminated and may be empty. */
struct config_fix {
    const char **paths;           /* may be changed; none = nothing may */
    const char **tests, **limits; /* what judges a fix is not changed by one */
    const char *role, *reviewer;  /* role files below the root; role NULL = CONFIG_ROLE */
    const char **review;          /* plays the reviewer, in a sandbox; NULL = nobody does */
    int64_t runs, needed;         /* of a case on either tree; failures among them that count */
    int64_t per_night;            /* fixes begun within 24 hours */
    int64_t build_ms, sweep_ms;   /* time limits in the sandbox */
    int64_t memory_mib;           /* of a build or a sweep; 0 = three quarters of the machine's */
    const char **readable;        /* absolute paths that builds and sweeps may read beside */
    const char **environment;     /* "NAME=value" that they see */
};

/* Entries of one kind about cases that may fail. */
struct waivers {
    struct waiver *rows; /* [len] */
    size_t len;
};

struct config {
    struct arena arena;  /* owns all below */
    const char *name;    /* of the subject */
    const char *root;    /* folder of the file, where commands run */
    const char ***build; /* [build_count] NULL-terminated commands, with holes */
    size_t build_count;
    struct config_bisect bisect;
    int64_t workers; /* at once; 0 = one per core */
    struct suite *suites;
    size_t suite_count;
    const char **failure_rules; /* NULL-terminated paths of rule files of its own; NULL = none */
    struct waivers expect, quarantine;
    struct config_fix fix;
    bool expect_strict; /* a case that passes though it is expected to fail fails the sweep */
    char sha256[HASH_HEX_SIZE]; /* of the file's bytes */
};

/* Reads path. 0, ERR_NOTFOUND, ERR_IO, ERR_LIMIT, or ERR_FORMAT naming the key. */
int config_load(struct config *out, const char *path);
/* The same from memory; name is what messages call it, root is ".". */
int config_parse(struct config *out, const char *text, size_t len, const char *name);
/* The commands that build another commit: bisect's, or else the subject's own. */
void config_commands(const struct config *c, const char ****list, size_t *count);
void config_done(struct config *c); /* copes with a zeroed struct */
/* The config of the checkout that holds the current folder: noctule.json here or above.
 * *path is in arena. 0 or ERR_NOTFOUND. */
int config_find(struct arena *arena, const char **path);
