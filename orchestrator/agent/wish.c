/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/wish.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/dialect.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/lint.h"
#include "orchestrator/git/changes.h"

enum { FAULTS_MAX = 1 << 20 };

#define FIELD(name) offsetof(struct wish, name)
/* clang-format off */
const struct opt wish_opts[] = {
    {OPT_STR, "patch", 0, FIELD(patch), "FILE", 0, 0, "For patch: what is applied."},
    {OPT_STR, "model", 0, FIELD(model), "NAME", 0, 0, "For model: which one."},
    {OPT_STR, "model-url", 0, FIELD(model_url), "URL", 0, 0,
     "Where the API of models is, without /v1; a command gets to it through the metering proxy."},
    {OPT_STR, "dialect", 0, FIELD(dialect), "NAME", 0, 0,
     "Which API it is: messages (the default), chat or responses."},
    {OPT_STR, "key-env", 0, FIELD(key_env), "NAME", 0, 0,
     "The variable that holds the API's key; the sandbox never sees it."},
    {OPT_REAL, "usd-in", 0, FIELD(usd_in), "USD", 0, 1e6,
     "What a million tokens of input cost; 0 unless given."},
    {OPT_REAL, "usd-out", 0, FIELD(usd_out), "USD", 0, 1e6,
     "What a million tokens of output cost; 0 unless given."},
    {OPT_STR, "record", 0, FIELD(record), "FILE", 0, 0,
     "Append the traffic with the model there, without any key."},
    {OPT_STR, "replay", 0, FIELD(replay), "FILE", 0, 0,
     "Answer from such a file; nothing is sent anywhere."},
    {OPT_LIST, "readable", 0, FIELD(readable), "PATH", 0, 0,
     "A path elsewhere that the driver's sandbox may read."},
    {OPT_STR, "require", 0, FIELD(require), "LEVEL", 0, 0,
     "Refuse to run in a sandbox below this level; usually namespaces."},
    {OPT_STR, "level", 0, FIELD(level), "LEVEL", 0, 0,
     "Use this level though a better one is there."},
    OPT_END_ROW,
};
/* clang-format on */

static int want(bool needs, bool has, const char *driver, const char *what) {
    if (needs && !has)
        return err_set(ERR_ARG, "%s needs %s", driver, what);
    return !needs && has ? err_set(ERR_ARG, "%s has no use for %s", driver, what) : 0;
}

static int read_patch(struct attempt_spec *spec, struct arena *arena, const char *path) {
    struct file f;
    int rc = file_read(&f, path, CHANGES_PATCH_MAX);
    if (rc == 0 && (f.size == 0 || memchr(f.data, '\0', f.size)))
        rc = err_set(ERR_FORMAT, "%s is no patch", path);
    if (rc == 0)
        spec->patch = arena_strndup(arena, (const char *)f.data, f.size);
    file_done(&f);
    return rc;
}

static const char *const *copy_list(struct arena *arena, char **words, size_t len) {
    const char **all = arena_array(arena, len + 1, sizeof(*all));
    for (size_t i = 0; i < len; i++)
        all[i] = words[i];
    return (const char *const *)all;
}

static int fill_model(struct attempt_spec *spec, const struct wish *w) {
    spec->model = w->model;
    spec->base_url = w->model_url;
    spec->record = w->record;
    spec->replay = w->replay;
    spec->usd_in = w->usd_in;
    spec->usd_out = w->usd_out;
    spec->key = w->key_env ? getenv(w->key_env) : NULL;
    if (w->key_env && !spec->key)
        return err_set(ERR_NOTNOW, "the variable %s is not set", w->key_env);
    return dialect_find(&spec->dialect, w->dialect ? w->dialect : "messages");
}

int wish_fill(struct attempt_spec *spec, struct arena *arena, const struct wish *w,
              const char *driver, char **argv, int argc) {
    const struct driver *d = driver_find(driver);
    const char **readable = arena_array(arena, w->readable.len + 1, sizeof(*readable));
    if (!d)
        return err_set(ERR_ARG, "there is no driver \"%s\"; see --help", driver);
    for (size_t i = 0; i < w->readable.len; i++)
        readable[i] = w->readable.items[i];
    spec->driver = d;
    spec->command = argc > 0 ? copy_list(arena, argv, (size_t)argc) : NULL;
    spec->readable = (const char *const *)readable;
    int rc = want(d->needs_operands, argc > 0, driver, "the words of a command, behind --");
    if (rc == 0)
        rc = want(d->needs_patch, w->patch != NULL, driver, "--patch");
    if (rc == 0)
        rc = want(d->needs_model, w->model != NULL, driver, "--model");
    if (rc == 0)
        rc = fill_model(spec, w);
    if (rc == 0 && w->require)
        rc = sandbox_level_parse(&spec->least, w->require);
    if (rc == 0 && w->level)
        rc = sandbox_level_parse(&spec->only, w->level);
    return rc == 0 && w->patch ? read_patch(spec, arena, w->patch) : rc;
}

int wish_load_role(struct role *out, const char *path) {
    struct buf faults;
    int rc = role_load(out, path);
    if (rc < 0)
        return rc;
    buf_init(&faults, FAULTS_MAX);
    if (lint_role(&faults, out)) {
        faults.data[strcspn(faults.data, "\n")] = '\0';
        rc = err_set(ERR_FORMAT, "a role with a fault is not played: %s", faults.data);
    }
    buf_done(&faults);
    return rc;
}
