/* SPDX-License-Identifier: Apache-2.0 */
/* noctule mcp: the tools of this checkout for programs that speak the Model Context Protocol. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "orchestrator/mcp/mcp.h"

enum { TOKEN_MAX = 4096 };

struct options {
    bool http, allow_write;
    int64_t port;
    const char *root, *token_file;
};

/* clang-format off */
static const struct opt opts[] = {
    {OPT_FLAG, "http", 0, offsetof(struct options, http), NULL, 0, 0,
     "Serve POST /mcp on the loopback interface; the URL is printed. With NOCTULE_MCP_TOKEN set, "
     "requests must carry it as a bearer token."},
    {OPT_INT, "port", 0, offsetof(struct options, port), "N", 0, 65535,
     "The port of --http; unless given, any that is free."},
    {OPT_STR, "token-file", 0, offsetof(struct options, token_file), "FILE", 0, 0,
     "For --http: a file that holds the token, where NOCTULE_MCP_TOKEN is not set."},
    {OPT_FLAG, "allow-write", 0, offsetof(struct options, allow_write), NULL, 0, 0,
     "Offer the tools that change something, too: git_fetch, git_commit, git_rebase, git_squash, "
     "git_push and git_open_pr, which do what noctule git does. With --http it wants a token."},
    {OPT_STR, "root", 0, offsetof(struct options, root), "FOLDER", 0, 0,
     "The checkout; unless given, the one that holds the current folder."},
    OPT_END_ROW,
};
/* clang-format on */

/* Without the newline that editors put behind it. */
static int read_token(const char *path, char out[TOKEN_MAX + 1]) {
    struct file file;
    int rc = file_read(&file, path, TOKEN_MAX);
    if (rc < 0)
        return rc;
    size_t len = file.size;
    while (len && (file.data[len - 1] == '\n' || file.data[len - 1] == '\r'))
        len--;
    memcpy(out, file.data, len);
    out[len] = '\0';
    file_done(&file);
    return *out && strlen(out) == len ? 0 : err_set(ERR_FORMAT, "%s holds no token", path);
}

/* *out: what requests must carry, NULL = nothing. */
static int find_token(const struct options *o, char text[TOKEN_MAX + 1], const char **out) {
    const char *token = getenv("NOCTULE_MCP_TOKEN");
    *out = token && *token ? token : NULL;
    if (!*out && o->token_file) {
        int rc = read_token(o->token_file, text);
        if (rc < 0)
            return rc;
        *out = text;
    }
    for (const char *c = *out; c && *c; c++)
        if (*c <= ' ' || *c >= 0x7f)
            return err_set(ERR_FORMAT,
                           "the token holds what a header cannot: only visible ASCII can be "
                           "carried");
    if (o->allow_write && o->http && !*out)
        return err_set(ERR_ARG, "--http with --allow-write lets any process of this machine commit "
                                "and push; set NOCTULE_MCP_TOKEN, or name a --token-file");
    return 0;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    char token[TOKEN_MAX + 1];
    struct mcp_options served = {.allow_write = o->allow_write, .port = o->port};
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    if (o->port && !o->http)
        return err_set(ERR_ARG, "--port goes with --http");
    if (o->token_file && !o->http)
        return err_set(ERR_ARG, "--token-file goes with --http");
    int rc = find_token(o, token, &served.token);
    if (rc < 0)
        return rc;
    if (o->root && chdir(o->root) != 0)
        return err_errno(ERR_NOTFOUND, "cannot go to %s", o->root);
    return o->http ? mcp_http(&served) : mcp_stdio(&served);
}

const struct cmd cmd_mcp = {
    .name = "mcp",
    .args = "",
    .summary =
        "Serves the Model Context Protocol on standard input and output: runs, causes, "
        "comparisons, one case again, rules, the verbs of git, ledger and logs; docs/mcp.md.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
