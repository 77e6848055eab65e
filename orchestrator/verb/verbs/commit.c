/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/verb/verb.h"

enum { MESSAGE_MAX = 1 << 20 };

struct options {
    const char *message, *message_file;
    struct opt_list paths;
};

static const struct opt opts[] = {
    {OPT_STR,  "message",      'm', offsetof(struct options, message),      "TEXT", 0, 0, "The message."},
    {OPT_STR,  "message-file", 'F', offsetof(struct options, message_file), "FILE", 0, 0,
     "A file that holds the message."                                                                   },
    {OPT_LIST, "path",         0,   offsetof(struct options, paths),        "PATH", 0, 0,
     "Stage this file first, named from the top of the checkout."                                       },
    OPT_END_ROW,
};

static int read_message(struct verb_desk *d, const struct options *o, const char **out) {
    struct file file;
    if (!o->message == !o->message_file)
        return err_set(ERR_ARG, "a commit has one message: --message or --message-file");
    *out = o->message;
    if (o->message)
        return 0;
    int rc = file_read(&file, o->message_file, MESSAGE_MAX);
    if (rc < 0)
        return rc;
    const char *nul = file.size ? memchr(file.data, 0, file.size) : NULL;
    if (nul) /* git would end the message there */
        rc = err_set(ERR_FORMAT, "%s is no text: byte %zu is a NUL", o->message_file,
                     (size_t)(nul - (const char *)file.data) + 1);
    else
        *out = arena_strndup(d->arena, (const char *)file.data, file.size);
    file_done(&file);
    return rc;
}

static int put_findings(const char *key, const struct view_range *range, const struct findings *f,
                        struct json_writer *w) {
    json_open_object(w, key);
    findings_json(w, range, f);
    json_close_object(w);
    return f->errors ? EXIT_FAILED : 0;
}

/* The message and what is staged, each by the rules that see it. */
static int check(struct verb_desk *d, const char *message, struct json_writer *w) {
    struct view_range range;
    struct findings found;
    if (policy_len(d->guard.policy) == 0)
        return 0;
    guard_message(&d->guard, message, strlen(message), false, &range, &found);
    int of_message = put_findings("message", &range, &found, w);
    int rc = guard_staged(&d->guard, &range, &found);
    if (rc < 0)
        return rc;
    rc = put_findings("staged", &range, &found, w);
    return of_message ? of_message : rc;
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    const char *message = "";
    char id[REPO_HEX_SIZE];
    struct branch b;
    int rc = read_message(d, o, &message);
    if (rc == 0)
        rc = branch_read(d->commits, &b);
    if (rc == 0 && *branch_operation(d->commits))
        rc = err_set(ERR_BUSY, "a %s is going on here; end it first", branch_operation(d->commits));
    if (rc == 0)
        rc = branch_stage(d->commits, o->paths.items, o->paths.len);
    if (rc == 0)
        rc = check(d, message, w);
    if (rc == 0)
        rc = branch_commit(d->commits, &b, message, id);
    if (rc != 0)
        return rc;
    json_put_str(w, "branch", b.name);
    json_put_str(w, "commit", id);
    json_put_str(w, "parent", b.id);
    return 0;
}

const struct verb verb_commit = {
    .name = "commit",
    .summary = "Commits what is staged, when message and change keep the rules; never amends.",
    .writes = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
