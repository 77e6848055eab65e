/* SPDX-License-Identifier: Apache-2.0 */
/* Failures explained by the subject, which may be wrong, slow, mad or gone. */
#include <math.h>

#include "engine/base/err.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/sweep/diagnose.h"
#include "tests/orchestrator/sweep/checkout.h"

static const char config[] =
    "{\"schema\": 1, \"name\": \"subject\", \"workers\": 2, \"suites\": [{\"name\": \"compat\",\n"
    "  \"kind\": \"noctule-check\", \"fixtures\": \"fixtures/*\",\n"
    "  \"command\": [\"./worker.sh\", \"check\", \"{fixture}\", \"--backend\", \"{backend}\",\n"
    "    \"--dtype\", \"{dtype}\"],\n"
    "  \"diagnose\": [\"./diagnose.sh\", \"{fixture}\", \"{case}\", \"{backend}-{dtype}\"],\n"
    "  \"diagnose_limit\": {\"cases\": %d, \"seconds\": 1},\n"
    "  \"axes\": {\"dtype\": [\"f32\"], \"backend\": [\"cpu\"]},\n"
    "  \"time_limit\": {\"default_s\": 2, \"floor_s\": 1, \"startup_s\": 20}}]}\n";

/* The last part of the case's name says what it does. */
static const char script[] =
    "#!/bin/sh\n"
    "echo \"$2 $3\" >>asked\n"
    "say() { echo \"{\\\"event\\\":\\\"diagnosis\\\",\\\"case\\\":\\\"$1\\\",$2}\"; }\n"
    "case ${2##*.} in\n"
    "  good) say $2 '\"kind\":\"kernel\",\"layer\":3,\"stage\":\"attn_norm\",\"op\":\"rms_norm\","
    "\"kernel\":\"cpu.rms_norm\",\"shapes\":\"[7,64]\",\"nmse\":0.5,\"max_abs\":\"inf\","
    "\"limit\":1e-9,\"reference\":\"hf\",\"message\":\"one\\u0007two\"';;\n"
    "  hang) sleep 1000 & sleep 1000;;\n"
    "  kill) echo last words >&2; kill -9 $$;;\n"
    "  flood) while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done |\n"
    "    head -c 3000000;;\n"
    "  rubbish) printf 'no \\033[31mJSON\\n';;\n"
    "  other) say alpha/else '\"kind\":\"kernel\"';;\n"
    "  kind) say $2 '\"kind\":\"gremlins\"';;\n"
    "  two) say $2 '\"kind\":\"kernel\"'; say $2 '\"kind\":\"kernel\"';;\n"
    "  cannot) echo 'there is no fixture' >&2; exit 2;;\n"
    "  wait) touch asking; while [ ! -e answer ]; do sleep 0.05; done; say $2 "
    "'\"kind\":\"cache\"';;\n"
    "  silent) ;;\n"
    "esac\n";

static void make(int cases) {
    char text[2048];
    checkout_make(0);
    snprintf(text, sizeof(text), config, cases);
    checkout_write("noctule.json", text);
    checkout_write("diagnose.sh", script);
    EXPECT(chmod(checkout_path("diagnose.sh"), 0755) == 0);
}

static struct arena arena;

static struct diagnosis diagnosis_of(const char *name) {
    struct checkout_view v;
    struct diagnosis d = {.kind = "none", .error = "none"};
    struct db *db;
    checkout_look(&v);
    const struct result *r = checkout_result(&v, name);
    EXPECT(db_open(&db, checkout_path("logs/noctule.db"), DB_READ) == 0);
    (void)diagnoses_find(db, &arena, r->run, r->cell, r->case_id, &d);
    db_close(db);
    checkout_look_away(&v);
    return d;
}

TEST(what_explains_a_failure_may_do_what_it_likes_and_the_sweep_goes_on) {
    static const struct {
        const char *name, *error;
    } rows[] = {
        {"alpha/b.kill",    "killed by Killed: last words"       },
        {"alpha/c.flood",   "it printed without end"             },
        {"alpha/d.rubbish", "what it printed is no diagnosis"    },
        {"alpha/e.other",   "another case than alpha/e.other"    },
        {"alpha/f.kind",    "\"gremlins\" is no kind of a cause" },
        {"alpha/g.two",     "what it printed is no diagnosis"    },
        {"alpha/i.cannot",  "exit status 2: there is no fixture" },
        {"alpha/j.silent",  "what it printed is no diagnosis"    },
        {"alpha/k.hang",    "it took longer than 1 s"            },
        {"alpha/l.good",    "it was not asked: the one before it"},
    };
    arena_init(&arena, 0);
    make(100);
    checkout_cases("alpha", "a.good numerics\nb.kill fail\nc.flood fail\nd.rubbish fail\n"
                            "e.other fail\nf.kind fail\ng.two fail\nh.good fail\ni.cannot fail\n"
                            "j.silent fail\nk.hang fail\nl.good fail\nm.good pass\nn.good kill\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    struct diagnosis d = diagnosis_of("alpha/a.good");
    EXPECT_STR(d.kind, "kernel");
    EXPECT_INT(d.layer, 3);
    EXPECT_STR(d.stage, "attn_norm");
    EXPECT_STR(d.kernel, "cpu.rms_norm");
    EXPECT_STR(d.shapes, "[7,64]");
    EXPECT(d.nmse == 0.5 && isinf(d.max_abs) && d.limit == 1e-9);
    EXPECT_STR(d.message, "one two");
    EXPECT_STR(d.error, "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        EXPECT_HAS(diagnosis_of(rows[i].name).error, rows[i].error);
    EXPECT_STR(diagnosis_of("alpha/m.good").error, "none"); /* a pass needs no reason */
    EXPECT_STR(diagnosis_of("alpha/n.good").error, "none"); /* a crash has its own */
    EXPECT_INT(checkout_run("db rebuild"), 0);
    EXPECT_STR(diagnosis_of("alpha/a.good").message, "one two");
    arena_done(&arena);
}

static int lines_of(const char *name) {
    struct file f;
    int lines = 0;
    if (file_read(&f, checkout_path(name), 1 << 20) < 0)
        return 0;
    for (size_t i = 0; i < f.size; i++)
        lines += f.data[i] == '\n';
    file_done(&f);
    return lines;
}

TEST(each_kind_of_failure_is_explained_before_a_second_of_its_kind) {
    arena_init(&arena, 0);
    make(2);
    checkout_cases("alpha", "a.good fail\nb.good fail\nc.good fail\nd.good numerics\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_INT(lines_of("asked"), 2);
    EXPECT_STR(diagnosis_of("alpha/a.good").kind, "kernel");
    EXPECT_STR(diagnosis_of("alpha/d.good").kind, "kernel");
    EXPECT_STR(diagnosis_of("alpha/b.good").kind, "none");
    arena_done(&arena);
}

TEST(tests_that_could_not_judge_are_asked_about_first_when_they_are_most) {
    arena_init(&arena, 0);
    make(1);
    checkout_cases("alpha", "a.good error\nb.good fail\nc.good pass\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_STR(diagnosis_of("alpha/a.good").kind, "none");
    EXPECT_STR(diagnosis_of("alpha/b.good").kind, "kernel");
    make(1);
    checkout_cases("alpha", "a.good fail\nb.good error\nc.good error\n");
    EXPECT_INT(checkout_run("sweep"), 1);
    EXPECT_STR(diagnosis_of("alpha/a.good").kind, "none");
    EXPECT_STR(diagnosis_of("alpha/b.good").kind, "kernel");
    arena_done(&arena);
}

static void kill_while_it_asks(int signal, int status) {
    make(10);
    checkout_cases("alpha", "a.good fail\nb.wait fail\nc.good fail\n");
    (void)unlink(checkout_path("asking"));
    (void)unlink(checkout_path("answer"));
    pid_t pid = checkout_spawn("sweep");
    EXPECT(checkout_await("asking"));
    EXPECT(kill(pid, signal) == 0);
    EXPECT_INT(checkout_wait(pid), status);
    checkout_write("answer", "");
    EXPECT_INT(checkout_run("sweep --resume"), 1);
    EXPECT_STR(diagnosis_of("alpha/a.good").kind, "kernel");
    EXPECT_STR(diagnosis_of("alpha/b.wait").kind, "cache");
    EXPECT_STR(diagnosis_of("alpha/c.good").kind, "kernel");
    struct checkout_view v;
    checkout_look(&v);
    EXPECT_INT(v.run.id, 1);
    EXPECT_INT(v.run.state, RUN_FINISHED);
    EXPECT_INT(v.results[0].attempts, 1);
    checkout_look_away(&v);
}

TEST(a_sweep_interrupted_or_killed_while_it_asks_makes_up_for_it_when_resumed) {
    arena_init(&arena, 0);
    kill_while_it_asks(SIGINT, 130);
    arena_done(&arena);
}

TEST(a_sweep_killed_while_it_asks_makes_up_for_it_when_resumed) {
    arena_init(&arena, 0);
    kill_while_it_asks(SIGKILL, 128 + SIGKILL);
    EXPECT_INT(lines_of("asked"), 4); /* a, b; b again, c */
    arena_done(&arena);
}

TEST(a_hole_that_nothing_fills_and_a_limit_that_is_none_are_refused) {
    struct file f;
    make(0);
    EXPECT_INT(checkout_run("plan"), 2);
    EXPECT_HAS(checkout_said, "diagnose_limit.cases");
    make(1);
    REQUIRE(file_read(&f, checkout_path("noctule.json"), 1 << 16) == 0);
    char text[4096];
    snprintf(text, sizeof(text), "%.*s", (int)f.size, (const char *)f.data);
    file_done(&f);
    memcpy(strstr(text, "{case}"), "{cast}", 6);
    checkout_write("noctule.json", text);
    EXPECT_INT(checkout_run("plan"), 2);
    EXPECT_HAS(checkout_said, "nothing fills the hole in \"{cast}\"");
}

TEST(a_long_text_is_cut_between_two_characters) {
    struct diagnosis d;
    struct buf text;
    arena_init(&arena, 0);
    buf_init(&text, 1 << 16);
    buf_puts(&text, "{\"event\":\"diagnosis\",\"case\":\"c\",\"kind\":\"weight\",\"message\":\"x");
    for (int i = 0; i < 3000; i++)
        buf_puts(&text, "ä");
    buf_puts(&text, "\"}");
    EXPECT_INT(diagnose_parse(&d, &arena, text.data, text.len, "c"), 0);
    EXPECT_INT(strlen(d.message), DIAGNOSE_TEXT_MAX - 1);
    EXPECT(isnan(d.nmse) && d.layer == -1 && !*d.op);
    EXPECT_INT(diagnose_parse(&d, &arena, "[]", 2, "c"), ERR_FORMAT);
    buf_done(&text);
    arena_done(&arena);
}
