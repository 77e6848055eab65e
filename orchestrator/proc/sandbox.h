/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox: a command that may touch one folder and nothing else.
 *
 * It sees that folder, the system's programs and libraries, an environment of a few fixed names
 * and no network. Whatever it started is dead when sandbox_run() returns, also when this process
 * is killed -9 meanwhile: between the two stands a keeper (keeper.h) that outlives neither.
 * How well the walls hold is the level; docs/agents.md says what each level does not hold. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct json_writer;

#define SANDBOX_LEVEL_MAP(X)                                                        \
    X(LIMITS, 1, "limits", "limits of time, memory, processes and files; no walls") \
    X(LANDLOCK, 2, "landlock", "Landlock, seccomp and limits")                      \
    X(NAMESPACES, 3, "namespaces", "bubblewrap, seccomp and limits")

enum sandbox_level {
#define X(name, code, word, text) SANDBOX_##name = (code),
    SANDBOX_LEVEL_MAP(X)
#undef X
};

/* What a witness sees a command ask for. The walls hold it or the tree shows it; whoever handed
 * out the work wants to know that it was tried. */
#define SANDBOX_SIGHT_MAP(X)                                                    \
    X(NETWORK, "network", "asked for a socket of a network")                    \
    X(PUSH, "push", "started git to push")                                      \
    X(FORCE_PUSH, "force_push", "started git to push over what others have")    \
    X(READ_ONLY, "read_only", "opened for writing what may only be read")       \
    X(OUTSIDE, "outside", "opened for writing what lies outside of its folder") \
    X(DAEMON, "daemon", "was still there when the command had ended")

enum sandbox_sight {
#define X(name, word, text) SANDBOX_SAW_##name,
    SANDBOX_SIGHT_MAP(X)
#undef X
        SANDBOX_SIGHTS
};
enum { SANDBOX_FIRST = 4, SANDBOX_PROGRAM = 32, SANDBOX_WHAT = 128 };

struct sandbox_seen {
    char program[SANDBOX_PROGRAM]; /* that did it, "" = not known */
    char what[SANDBOX_WHAT];       /* a path of the folder, words of a command line … */
};
struct sandbox_witness {
    bool there;                 /* false: nobody looked, and the rest is zero */
    char why_not[SANDBOX_WHAT]; /* it was asked for and is not to be had here */
    int64_t times[SANDBOX_SIGHTS];
    struct sandbox_seen first[SANDBOX_SIGHTS][SANDBOX_FIRST];
};

/* 0 = that limit's default (sandbox_defaults). */
struct sandbox_limits {
    int64_t wall_ms;
    int64_t memory_mib;   /* of all its processes together, and of the data of each */
    int64_t processes;    /* and threads */
    int64_t tree_mib;     /* what its folder may hold */
    int64_t tree_files;   /* how many entries of it */
    int64_t file_mib;     /* any one file */
    int64_t open_files;   /* per process */
    int64_t output_bytes; /* stdout and stderr together */
};
extern const struct sandbox_limits sandbox_defaults;

/* Called in this process when the door is there: listening is a socket that connections from
 * inside to 127.0.0.1:port arrive at; the callee owns it. 0 or a negative ERR_, which ends the
 * sandbox before the command runs. */
typedef int sandbox_door_fn(void *arg, int listening);

struct sandbox_spec {
    const char *const *argv;      /* NULL-terminated; argv[0] is looked up in the PATH of inside */
    const char *tree;             /* the folder it may write; absolute, exists */
    const char *cwd;              /* where it begins: tree, or in what is readable; NULL = tree */
    const char *const *read_only; /* paths below tree that it may not, none of them a link or
                                   * through one; NULL-terminated, or NULL */
    bool may_lack;                /* some of those may not be there, and come to be with namespaces:
                                   * whoever runs it looks at the tree afterwards */
    const char *const *readable;  /* absolute paths that it sees beside; NULL-terminated, or NULL */
    const char *const *environment; /* "NAME=value" beside the fixed ones, or NULL */
    enum sandbox_level least;       /* refused below; 0 = SANDBOX_NAMESPACES */
    enum sandbox_level only;        /* this level though a better one is there; 0 = the best */
    struct sandbox_limits limits;
    bool plain[2]; /* stdout and stderr become what a terminal may be given (plain.h) */
    bool direct;   /* it writes to the sinks' descriptors itself: its words keep their order,
                    * and nobody counts them */
    bool witness;  /* see struct sandbox_witness; walls and limits are the same with it */
    sandbox_door_fn *door; /* NULL: no network at all */
    void *door_arg;
    int door_port; /* on the loopback of the inside */
};

struct sandbox_report {
    enum sandbox_level level;
    int landlock_abi;     /* 0 when the level does not use it */
    int code, signal;     /* as in struct proc_exit */
    char cut[32];         /* the limit that ended it ("memory"), "" when none did */
    int64_t leftovers;    /* processes that were still there when the command had ended; with
                           * namespaces only a witness knows */
    int64_t processes;    /* most at once */
    int64_t memory_kib;   /* most at once */
    int64_t output_bytes; /* what it wrote, whether or not it was passed on */
    double wall_ms, cpu_ms;
    struct sandbox_witness witness;
};

/* The best level of this machine and the Landlock version, which is 0 without. Tries bubblewrap
 * out, once per process: it is often there and not allowed. */
enum sandbox_level sandbox_best(int *landlock_abi);
const char *sandbox_level_name(enum sandbox_level level);
const char *sandbox_sight_name(enum sandbox_sight sight);
const char *sandbox_sight_text(enum sandbox_sight sight);
/* ERR_ARG naming the levels there are when word is none of them. */
int sandbox_level_parse(enum sandbox_level *out, const char *word);

/* Where its output goes. Bytes past limits.output_bytes end it. */
struct sandbox_sink {
    int fd;          /* or -1 */
    struct buf *buf; /* or NULL; bytes past its limit are dropped */
};

/* Runs it to the end. *stop (may be NULL) ends it early. 0, and the report says how it ended;
 * ERR_UNSUPPORTED when the least level is not there, ERR_ARG, ERR_NOTFOUND, ERR_IO, ERR_STOPPED. */
int sandbox_run(const struct sandbox_spec *spec, const struct sandbox_sink *out,
                const struct sandbox_sink *err, const volatile bool *stop,
                struct sandbox_report *report);
/* "namespaces (bubblewrap, seccomp, limits)", for people. */
void sandbox_describe(struct buf *out, const struct sandbox_report *report);
/* The members of a JSON object that is open. A name's times stand with each thing seen of it. */
void sandbox_put(struct json_writer *w, const struct sandbox_report *report);
