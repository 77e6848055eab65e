/* SPDX-License-Identifier: Apache-2.0 */
/* noctule mcp: the tools of this checkout for programs that speak the Model Context Protocol. */
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/mcp/mcp.h"

struct options {
    bool http, allow_write;
    int64_t port;
    const char *root;
};

static const struct opt opts[] = {
    {OPT_FLAG, "http",        0, offsetof(struct options, http),        NULL,     0, 0,
     "Serve POST /mcp on the loopback interface; the URL is printed. With NOCTULE_MCP_TOKEN set, "
     "requests must carry it as a bearer token."                         },
    {OPT_INT,  "port",        0, offsetof(struct options, port),        "N",      0, 65535,
     "The port of --http; unless given, any that is free."               },
    {OPT_FLAG, "allow-write", 0, offsetof(struct options, allow_write), NULL,     0, 0,
     "Offer the tools that change something, too: git_fetch, git_commit, git_rebase, git_squash, "
     "git_push and git_open_pr, which do what noctule git does."         },
    {OPT_STR,  "root",        0, offsetof(struct options, root),        "FOLDER", 0, 0,
     "The checkout; unless given, the one that holds the current folder."},
    OPT_END_ROW,
};

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    const char *token = getenv("NOCTULE_MCP_TOKEN");
    const struct mcp_options served = {
        .allow_write = o->allow_write,
        .port = o->port,
        .token = token && *token ? token : NULL,
    };
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    if (o->port && !o->http)
        return err_set(ERR_ARG, "--port goes with --http");
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
