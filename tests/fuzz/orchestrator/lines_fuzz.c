/* SPDX-License-Identifier: Apache-2.0 */
/* What a program might send to `noctule git serve`: each line is answered by one JSON object and
 * nothing else. The verbs run, in a checkout of their own without commits and remotes, in which
 * there is nothing to lose and nowhere to push to. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/verb/lines.h"
#include "orchestrator/verb/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/noctule-lines-\0XXXXXX";
static struct verb_desk desk;

static void leave(void) {
    verb_close(&desk);
    (void)worktree_remove(folder);
}

static bool init_git(void) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        execlp("git", "git", "init", "-q", ".", (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void make_desk(void) {
    static const char config[] =
        "{\"schema\":1,\"name\":\"scratch\",\"suites\":[{\"name\":\"s\",\"kind\":\"noctule-check\","
        "\"fixtures\":\"none/*\",\"command\":[\"true\",\"{fixture}\"],\"axes\":{\"backend\":["
        "\"cpu\"]}}],\"rules\":[{\"kind\":\"subject\",\"form\":\"file\"}]}";
    memmove(folder + strlen(folder), folder + strlen(folder) + 1, 7);
    (void)setenv("HOME", "/nonexistent", 1);
    (void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    if (!mkdtemp(folder) || chdir(folder) != 0 ||
        file_replace("noctule.json", config, strlen(config)) < 0) {
        perror(folder);
        exit(2);
    }
    if (!init_git()) {
        (void)worktree_remove(folder);
        puts("skipped: git is not installed");
        exit(77);
    }
    if (verb_open(&desk) < 0) {
        puts(err_text());
        exit(2);
    }
    atexit(leave);
}

static void check(const struct buf *answer) {
    struct json_doc *doc = NULL;
    bool ok;
    CHECK(!memchr(answer->data, '\n', answer->len));
    CHECK(json_parse(&doc, answer->data, answer->len, "answer", 0) == 0);
    struct json root = json_root(doc);
    CHECK(json_member(root, "id").node && json_as_bool(json_member(root, "ok"), &ok) == 0);
    CHECK(json_member(root, "result").node || (!ok && json_member(root, "error").node));
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *at = (const char *)data, *end = at + size;
    struct buf answer;
    if (!desk.commits)
        make_desk();
    buf_init(&answer, 64 << 20);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        buf_reset(&answer);
        lines_answer(&desk, at, (size_t)(stop - at), &answer);
        check(&answer);
        at = stop + 1;
    }
    buf_done(&answer);
    return 0;
}
