/* SPDX-License-Identifier: Apache-2.0 */
/* What the server makes of the specification's own messages, and of what nobody should send. */
#include "orchestrator/mcp/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/mcp/line.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/proc/loop.h"
#include "tests/orchestrator/mcp/scratch.h"
#include "tests/test.h"

enum { SAID_MAX = 16 << 20 };

/* Collects what it is told. */
struct listener {
    struct peer peer;
    struct buf said;
    int messages, ends;
};

static void hear(struct peer *p, const char *text, size_t len, bool last, int status) {
    struct listener *l = (struct listener *)p;
    EXPECT(status == 200 || status == 400 || status == 404);
    if (text) {
        EXPECT(!memchr(text, '\n', len));
        buf_add(&l->said, text, len);
        l->messages++;
    }
    l->ends += last;
}

struct world {
    struct loop *loop;
    struct server *server;
    struct listener l;
};

static void write_file(const char *name, const char *text) {
    EXPECT(file_replace(name, text, strlen(text)) == 0);
}

/* A checkout with a ledger, a run's logs, and links that lead out of them. */
static void make_checkout(void) {
    if (!scratch_make())
        return;
    EXPECT(file_make_dirs("ledger") == 0 && file_make_dirs("logs/20260101-000000-abc") == 0 &&
           file_make_dirs("elsewhere") == 0);
    write_file("ledger/0001-first.md", "first\n");
    write_file("logs/20260101-000000-abc/events.ndjson", "{}\n");
    write_file("logs/20260101-000000-abc/s.cpu.log", "abcdef");
    write_file("logs/20260101-000000-abc/secret", "no");
    write_file("elsewhere/events.ndjson", "no");
    EXPECT(symlink("/etc/hostname", "logs/20260101-000000-abc/link.log") == 0);
    EXPECT(symlink("../elsewhere", "logs/linked") == 0);
}

static void world_init(struct world *w) {
    make_checkout();
    *w = (struct world){
        .l.peer = {.send = hear, .session = ""}
    };
    EXPECT(loop_new(&w->loop) == 0);
    w->server = server_new(w->loop, false);
    buf_init(&w->l.said, SAID_MAX);
}

static void world_done(struct world *w) {
    server_stop(w->server);
    server_free(w->server);
    loop_free(w->loop);
    buf_done(&w->l.said);
}

/* Until all is answered. */
static void work(struct world *w) {
    while (server_work(w->server) || server_is_busy(w->server))
        if (server_is_busy(w->server))
            EXPECT_INT(loop_turn(w->loop, 100), 0);
}

static void tell(struct world *w, const char *text, size_t len) {
    buf_reset(&w->l.said);
    w->l.messages = w->l.ends = 0;
    server_receive(w->server, &w->l.peer, text, len);
    work(w);
    EXPECT_INT(w->l.ends, 1); /* whatever it was */
}

/* Each member of want is in got; of arrays each element, in order, and got may have more. */
static bool holds(struct json got, struct json want) {
    const char *a, *b;
    if (json_type(got) != json_type(want))
        return false;
    if (json_type(want) == JSON_OBJECT) {
        for (struct json v = json_first(want); v.node; v = json_next(v))
            if (!holds(json_member(got, json_key(v)), v))
                return false;
    } else if (json_type(want) == JSON_ARRAY) {
        struct json g = json_first(got);
        for (struct json v = json_first(want); v.node; v = json_next(v), g = json_next(g))
            if (!holds(g, v))
                return false;
    } else if (json_type(want) == JSON_STRING) {
        return json_as_str(got, &a) == 0 && json_as_str(want, &b) == 0 && strcmp(a, b) == 0;
    } else if (json_type(want) == JSON_NUMBER) {
        int64_t x = 0, y = 1;
        return json_as_int(got, INT64_MIN, INT64_MAX, &x) == 0 &&
               json_as_int(want, INT64_MIN, INT64_MAX, &y) == 0 && x == y;
    } else if (json_type(want) == JSON_BOOL) {
        bool x = false, y = true;
        return json_as_bool(got, &x) == 0 && json_as_bool(want, &y) == 0 && x == y;
    }
    return true;
}

static void expect(struct world *w, const char *sent, const char *wanted) {
    struct json_doc *got = NULL, *want = NULL;
    if (strcmp(wanted, "nothing") == 0) {
        (void)test_check(w->l.messages == 0, __FILE__, __LINE__, "%s was answered: %s", sent,
                         w->l.said.data);
        return;
    }
    bool read = json_parse(&want, wanted, strlen(wanted), "expectation", 0) == 0 &&
                json_parse(&got, w->l.said.data, w->l.said.len, "answer", 0) == 0;
    (void)test_check(read && w->l.messages == 1, __FILE__, __LINE__, "%s: %s: %d answers: %s", sent,
                     err_text(), w->l.messages, w->l.said.data);
    (void)test_check(read && holds(json_root(got), json_root(want)), __FILE__, __LINE__,
                     "%s\n  was answered %s\n  not %s", sent, w->l.said.data, wanted);
    json_free(got);
    json_free(want);
}

/* A conversation over one connection. */
static void play(const char *name, int least) {
    struct world w;
    struct file f;
    char path[512], *sent = NULL;
    int pairs = 0;
    snprintf(path, sizeof(path), "%s/tests/orchestrator/mcp/data/%s", SOURCE_DIR, name);
    REQUIRE(file_read(&f, path, 1 << 20) == 0);
    world_init(&w);
    for (char *line = strtok_r((char *)f.data, "\n", &sent), *asked = NULL; line;
         line = strtok_r(NULL, "\n", &sent)) {
        if (line[0] == '>') {
            asked = line + 2;
            tell(&w, asked, strlen(asked));
        } else if (line[0] == '<') {
            expect(&w, asked, line + 2);
            pairs++;
        }
    }
    EXPECT(pairs >= least);
    world_done(&w);
    file_done(&f);
}

TEST(the_stateless_era_is_spoken_as_its_examples_have_it) {
    play("modern.txt", 23);
}

TEST(the_era_of_sessions_is_spoken_as_its_examples_have_it) {
    play("legacy.txt", 20);
}

TEST(what_nobody_should_send_is_refused_by_the_protocol) {
    play("hostile.txt", 48);
}

TEST(deep_nesting_and_bad_bytes_are_parse_errors) {
    struct world w;
    struct buf b;
    world_init(&w);
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, '[');
    tell(&w, b.data, b.len);
    EXPECT_HAS(w.l.said.data, "-32700");
    static const char bad[] = "{\"jsonrpc\":\"2.0\",\"id\":\"\xC0\x80\xFF\",\"method\":\"ping\"}";
    tell(&w, bad, sizeof(bad) - 1);
    EXPECT_HAS(w.l.said.data, "-32700");
    tell(&w, "\0\0", 2);
    EXPECT_HAS(w.l.said.data, "-32700");
    buf_done(&b);
    world_done(&w);
}

static void count_line(void *arg, const char *text, size_t len) {
    int *count = arg;
    count[text ? 0 : 1]++;
    count[2] += (int)len;
}

TEST(a_line_over_the_limit_is_dropped_and_the_next_is_read) {
    struct line l;
    int count[3] = {0};
    static char much[1 << 20];
    memset(much, 'x', sizeof(much));
    line_init(&l, count_line, count);
    line_feed(&l, "one\r\n\n\r\ntw", 10);
    line_feed(&l, "o\n", 2);
    EXPECT_INT(count[0], 2);
    EXPECT_INT(count[2], 7);
    for (int i = 0; i < 6; i++)
        line_feed(&l, much, sizeof(much));
    EXPECT_INT(count[1], 0);
    line_feed(&l, "\nthree", 6);
    EXPECT_INT(count[1], 1);
    line_end(&l);
    EXPECT_INT(count[0], 3);
    line_done(&l);
}

static const char begin[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                            "\"protocolVersion\":\"2025-11-25\"}}";

TEST(a_call_that_waits_is_cancelled_without_an_answer_and_too_many_are_refused) {
    struct world w;
    char text[256];
    world_init(&w);
    tell(&w, begin, strlen(begin));
    w.l.messages = w.l.ends = 0;
    for (int i = 0; i < SERVER_WAITING_MAX + 1; i++) {
        int len = snprintf(text, sizeof(text),
                           "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{"
                           "\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}}}",
                           i);
        buf_reset(&w.l.said);
        server_receive(w.server, &w.l.peer, text, (size_t)len);
    }
    EXPECT_INT(w.l.messages, 1);
    EXPECT_HAS(w.l.said.data, "\"id\":64,\"error\":{\"code\":-32603");
    static const char cancel[] = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                 "\"params\":{\"requestId\":3}}";
    server_receive(w.server, &w.l.peer, cancel, strlen(cancel));
    buf_reset(&w.l.said);
    w.l.messages = w.l.ends = 0;
    work(&w);
    EXPECT_INT(w.l.messages, SERVER_WAITING_MAX - 1);
    EXPECT(!strstr(w.l.said.data, "\"id\":3,"));
    EXPECT(strstr(w.l.said.data, "\"id\":2,"));
    world_done(&w);
}

/* In place of the engine: says that it is here, and ends once as many are, so no call ends that
 * runs alone. "one" waits for nobody. */
static const char fake_engine[] = "#!/bin/sh\ncase $* in */one*) ;; *)\n"
                                  "echo . >>here\nn=0\n"
                                  "while [ $(wc -l <here) -lt 3 ] && [ $((n += 1)) -lt 200 ]; do "
                                  "sleep 0.05; done\n[ $n -lt 200 ] || exit 2;; esac\n"
                                  "echo '{}'\n";

static void make_engine(void) {
    EXPECT(file_make_dirs("build") == 0);
    write_file("build/noctule-engine", fake_engine);
    EXPECT(chmod("build/noctule-engine", 0755) == 0);
    write_file("three", "");
    write_file("one", "");
    write_file("here", "");
}

static void ask_diff(struct world *w, int id, const char *what) {
    char text[512];
    int len = snprintf(text, sizeof(text),
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{"
                       "\"name\":\"trace_diff\",\"arguments\":{\"a\":\"%s\",\"b\":\"%s\"}}}",
                       id, what, what);
    server_receive(w->server, &w->l.peer, text, (size_t)len);
}

static bool was_answered(const struct world *w, int id) {
    char text[32];
    (void)snprintf(text, sizeof(text), "\"id\":%d,", id);
    return strstr(w->l.said.data, text) != NULL;
}

TEST(calls_that_only_look_run_beside_each_other_and_one_of_them_is_cancelled_alone) {
    struct world w;
    world_init(&w);
    make_engine();
    tell(&w, begin, strlen(begin));
    buf_reset(&w.l.said);
    for (int id = 10; id < 13; id++)
        ask_diff(&w, id, "three");
    work(&w);
    for (int id = 10; id < 13; id++)
        EXPECT(was_answered(&w, id));
    EXPECT(!strstr(w.l.said.data, "\"isError\":true"));

    write_file("here", "");
    buf_reset(&w.l.said);
    ask_diff(&w, 20, "three"); /* for ever, by itself */
    ask_diff(&w, 21, "one");
    while (!was_answered(&w, 21) && (server_work(w.server) || server_is_busy(w.server)))
        EXPECT_INT(loop_turn(w.loop, 50), 0);
    EXPECT(was_answered(&w, 21) && !was_answered(&w, 20));
    EXPECT(server_is_busy(w.server));
    static const char cancel[] = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                                 "\"params\":{\"requestId\":20}}";
    server_receive(w.server, &w.l.peer, cancel, strlen(cancel));
    work(&w);
    EXPECT(!was_answered(&w, 20));

    ask_diff(&w, 30, "three");
    (void)server_work(w.server);
    EXPECT(server_is_busy(w.server));
    world_done(&w); /* what runs is ended */
}

TEST(a_peer_that_went_away_is_not_told_anything) {
    struct world w;
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":"
                               "{\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}}}";
    world_init(&w);
    tell(&w, begin, strlen(begin));
    w.l.messages = 0;
    server_receive(w.server, &w.l.peer, call, strlen(call));
    server_drop(w.server, &w.l.peer);
    EXPECT(!server_work(w.server));
    EXPECT_INT(w.l.messages, 0);
    world_done(&w);
}
