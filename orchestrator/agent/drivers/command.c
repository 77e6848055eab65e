/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/proxy.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/agent/upstream.h"

enum { PORT = 18080, VARIABLES = 8, TOKEN_BYTES = 16, SAID_MAX = 1 << 20 };

/* What the spec says, and what programs that speak to a model look for. The key is good for this
 * proxy and this once. */
static const char *const *environment_of(struct attempt *a, const struct proxy *proxy) {
    const char *const *own = a->spec->environment;
    size_t n = 0;
    while (own && own[n])
        n++;
    const char **all = arena_array(&a->arena, n + VARIABLES, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = own[i];
    if (!proxy->upstream)
        return (const char *const *)all;
    all[n++] = arena_printf(&a->arena, "ANTHROPIC_BASE_URL=http://127.0.0.1:%d", (int)PORT);
    all[n++] = arena_printf(&a->arena, "ANTHROPIC_API_KEY=%s", proxy->token);
    all[n++] = arena_printf(&a->arena, "OPENAI_BASE_URL=http://127.0.0.1:%d/v1", (int)PORT);
    all[n++] = arena_printf(&a->arena, "OPENAI_API_KEY=%s", proxy->token);
    all[n++] = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1";
    return (const char *const *)all;
}

static int make_token(struct attempt *a, const char **out) {
    unsigned char bytes[TOKEN_BYTES];
    char *text = arena_alloc(&a->arena, 2 * TOKEN_BYTES + 1);
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return err_errno(ERR_IO, "cannot make a key for the proxy");
    for (int i = 0; i < TOKEN_BYTES; i++)
        (void)snprintf(text + 2 * (size_t)i, 3, "%02x", bytes[i]);
    *out = text;
    return 0;
}

/* Where its words go, ours to close unless it is stderr; or ERR_IO. */
static int open_log(const char *path) {
    if (!path)
        return STDERR_FILENO;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    return fd >= 0 ? fd : err_errno(ERR_IO, "cannot write %s", path);
}

/* Its exit status does not matter: the tree does. */
static int run(struct attempt *a, struct proxy *proxy, const char *folder) {
    const struct attempt_spec *s = a->spec;
    struct sandbox_spec spec = {
        .argv = s->command,
        .tree = folder,
        .read_only = a->read_only,
        .may_lack = true,
        .readable = s->readable,
        .environment = environment_of(a, proxy),
        .least = s->least,
        .only = s->only,
        .plain = {true, true},
        .witness = true,
        .limits = attempt_limits(a)
    };
    if (proxy->upstream) {
        spec.door = proxy_open;
        spec.door_arg = proxy;
        spec.door_port = PORT;
    }
    /* What it says is chat, whichever way it says it; but of a role that may change nothing it is
     * all there is. */
    int log = open_log(s->log);
    if (log < 0)
        return log;
    struct sandbox_sink chat = {log, NULL};
    struct buf said;
    buf_init(&said, SAID_MAX);
    struct sandbox_sink report = {log, *s->role->edit ? NULL : &said};
    int rc = sandbox_run(&spec, &report, &chat, s->stop, &a->sandbox);
    if (s->log)
        (void)close(log);
    a->said = arena_strndup(&a->arena, said.data, said.len);
    buf_done(&said);
    if (rc == 0)
        attempt_note_seen(a, &a->sandbox, 0);
    return rc;
}

static int propose(struct attempt *a) {
    struct proxy proxy = {.token = ""};
    struct tree tree = {0};
    int rc = tree_make(&tree, a->commits, a->base);
    if (rc == 0)
        rc = attempt_open_model(a, &proxy.upstream);
    if (rc == 0)
        rc = make_token(a, &proxy.token);
    if (rc == 0)
        rc = run(a, &proxy, tree.folder);
    proxy_close(&proxy);
    attempt_close_model(a, proxy.upstream);
    if (rc == 0 && !a->sandbox.cut[0] && !a->meter.cut[0])
        rc = attempt_gather(a, tree.folder);
    tree_remove(&tree);
    return rc;
}

const struct driver driver_command = {
    .name = "command",
    .summary = "Runs a command in the sandbox and takes what it leaves behind.",
    .needs_operands = true,
    .hands_out = true,
    .propose = propose,
};
