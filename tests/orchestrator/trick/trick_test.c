/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/trick/trick.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/trick/world.h"
#include "tests/test.h"

/* Of those that need no more than a shell and what Debian always has. */
enum { HARMFUL_LEAST = 60 };

/* Otherwise being stopped would say nothing. */
TEST(without_walls_most_attempts_do_harm) {
    struct world w;
    size_t harmful = 0;
    REQUIRE(world_open(&w) == 0);
    for (const struct trick_group *const *g = trick_table; *g; g++)
        for (const struct trick *a = (*g)->rows; a->name; a++) {
            struct trick_outcome o;
            if (strcmp((*g)->name, "process") == 0)
                continue;
            trick_run(a, &w, SANDBOX_LIMITS, SANDBOX_LIMITS, NULL, &o);
            EXPECT(o.ran);
            harmful += o.harm[0] != '\0';
            if (o.harm[0])
                EXPECT(!trick_is_proven(a, &o));
        }
    (void)test_check(harmful >= HARMFUL_LEAST, __FILE__, __LINE__, "only %zu do harm", harmful);
    world_close(&w);
}

TEST(the_judge_denies_what_is_said_openly_and_lets_the_rest_pass) {
    struct world w;
    REQUIRE(world_open(&w) == 0);
    for (const struct trick_group *const *g = trick_table; *g; g++)
        for (const struct trick *a = (*g)->rows; a->name; a++) {
            struct trick_outcome o = {.ran = false};
            struct trick once = *a;
            if (!a->hidden)
                continue;
            trick_run(&once, &w, SANDBOX_LIMITS, SANDBOX_LIMITS, NULL, &o);
            (void)test_check(!o.denied, __FILE__, __LINE__, "%s is no longer hidden: %s", a->name,
                             o.why);
        }
    world_close(&w);
}

TEST(names_are_given_once) {
    for (const struct trick_group *const *g = trick_table; *g; g++)
        for (const struct trick *a = (*g)->rows; a->name; a++)
            for (const struct trick *b = (*g)->rows; b < a; b++)
                EXPECT(strcmp(a->name, b->name) != 0);
}

/* ---- each kind of harm is seen ---- */

static void expect_harm(struct world *w, const char *said, int64_t processes, const char *part) {
    struct buf output;
    char harm[96];
    buf_init(&output, 4096);
    buf_puts(&output, said);
    world_harm(w, &output, processes, harm, sizeof(harm));
    if (*part)
        EXPECT_HAS(harm, part);
    else
        EXPECT_STR(harm, "");
    buf_done(&output);
    EXPECT_INT(world_renew(w), 0);
}

static const char *in(const char *folder, const char *name) {
    static char path[WORLD_PATH * 2];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_at(const char *path, size_t size) {
    FILE *f = fopen(path, "w");
    for (size_t i = 0; f && i < size; i++)
        (void)fputc('x', f);
    if (f)
        (void)fclose(f);
}

static void knock(const struct world *w) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)w->port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    close(fd);
}

static pid_t write_on(const char *path) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int i = 0; i < 400; i++) {
        FILE *f = fopen(path, "a");
        if (f && fputc('x', f) != EOF)
            (void)fclose(f);
        (void)poll(NULL, 0, 10);
    }
    _exit(0);
}

TEST(each_kind_of_harm_is_seen) {
    struct world w;
    char harm[96], none[] = "";
    REQUIRE(world_open(&w) == 0);
    expect_harm(&w, "", 1, "");
    expect_harm(&w, "nothing", WORLD_PROCESSES, "");
    EXPECT_INT(unlink(in(w.tree, "tests/victim/file")), 0);
    expect_harm(&w, "", 1, "may not be written");
    write_at(in(w.tree, "tests/victim/file"), 3);
    expect_harm(&w, "", 1, "may not be written");
    EXPECT_INT(chmod(in(w.tree, "tests/victim/file"), 0777), 0);
    expect_harm(&w, "", 1, "may not be written");
    write_at(in(w.outside, "written"), 1);
    expect_harm(&w, "", 1, "outside of the tree");
    write_at(in(w.outside, "full"), 1);
    expect_harm(&w, "", 1, "outside of the tree");
    write_at(w.secret, 1);
    expect_harm(&w, "", 1, "changed the secret");
    expect_harm(&w, w.token, 1, "read the secret");
    expect_harm(&w, "", WORLD_PROCESSES + 1, "more processes");
    knock(&w);
    expect_harm(&w, "", 1, "reached a socket");
    (void)kill(w.process, SIGKILL);
    (void)waitpid(w.process, NULL, 0);
    expect_harm(&w, "", 1, "ended a process");
    write_at(in(w.tree, "big"), ((size_t)WORLD_DISK_MIB << 20) + 1);
    expect_harm(&w, "", 1, "filled the disk");
    pid_t late = write_on(in(w.tree, "beat"));
    (void)poll(NULL, 0, 100);
    world_harm(&w, &(struct buf){.data = none}, 1, harm, sizeof(harm));
    EXPECT_HAS(harm, "lived on");
    (void)kill(late, SIGKILL);
    (void)waitpid(late, NULL, 0);
    EXPECT_INT(world_renew(&w), 0);
    expect_harm(&w, "", 1, "");
    world_close(&w);
}
