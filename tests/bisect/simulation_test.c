/* SPDX-License-Identifier: Apache-2.0 */
/* The promises of orchestrator/bisect/ on made-up histories, and that the git bisect they are
 * compared with is the real one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tests/bisect/contest.h"
#include "tests/bisect/plain.h"
#include "tests/test.h"

enum { WORLDS = 200, LEAST = 8, MOST = 128, SEED = 5000, GIT_WORLDS = 3 };

static struct contest_score play(enum contest_method method, enum world_kind kind, double flake) {
    struct contest_score s = {0};
    for (uint64_t seed = SEED; seed < SEED + WORLDS; seed++)
        contest_play(&s, method, kind, LEAST, MOST, flake, seed);
    return s;
}

/* The revert on top of the bad end is one more. */
TEST(a_steady_case_is_found_within_log2_and_3_builds) {
    struct contest_score line = play(CONTEST_NOCTULE, WORLD_LINEAR, 0);
    struct contest_score merges = play(CONTEST_NOCTULE, WORLD_MERGES, 0);
    EXPECT_INT(line.right, WORLDS);
    EXPECT(line.most_over <= 2);
    EXPECT_INT(merges.right, WORLDS);
    EXPECT(merges.most_over <= 3);
}

/* Histories that take more when the last few commits are halved as the rest is: the culprit has two
 * parents, or one that a sibling has spoken for, and they have to be built after all. */
TEST(what_verifying_needs_is_built_on_the_way) {
    static const uint64_t seeds[] = {243, 722, 726, 804, 872};
    enum { LONG = 200 };
    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        struct contest_score s = {0};
        contest_play(&s, CONTEST_NOCTULE, WORLD_MERGES, LEAST, LONG, 0, seeds[i]);
        EXPECT_INT(s.right, 1);
        (void)test_check(s.most_over <= 3, __FILE__, __LINE__, "seed %d: %g builds of %g commits",
                         (int)seeds[i], s.builds, s.commits);
    }
}

TEST(at_2_percent_flake_at_most_one_culprit_in_a_hundred_is_false) {
    int wrong = 0, astray = 0;
    for (int kind = 0; kind < WORLD_KINDS; kind++) {
        struct contest_score s = play(CONTEST_NOCTULE, (enum world_kind)kind, 0.02);
        EXPECT(s.wrong * 100 <= WORLDS);
        EXPECT(s.right + s.range >= WORLDS * 98 / 100);
        wrong += s.wrong;
        astray += s.astray;
    }
    EXPECT(wrong * 100 <= WORLDS * WORLD_KINDS);
    EXPECT(astray * 100 <= WORLDS * WORLD_KINDS);
}

TEST(a_case_that_is_noise_for_a_third_is_still_decided) {
    struct contest_score s = play(CONTEST_NOCTULE, WORLD_LINEAR, 0.3);
    EXPECT(s.wrong * 100 <= 2 * WORLDS);
    EXPECT(s.right >= WORLDS * 95 / 100);
}

TEST(commits_that_cannot_be_built_give_a_range_no_wider_than_git_gives) {
    for (int kind = WORLD_SKIPS; kind <= WORLD_UNBUILDABLE; kind++) {
        struct contest_score ours = play(CONTEST_NOCTULE, (enum world_kind)kind, 0);
        struct contest_score git = play(CONTEST_PLAIN, (enum world_kind)kind, 0);
        EXPECT_INT(ours.wrong + ours.astray + ours.gave_up, 0);
        EXPECT(ours.right >= git.right);
        EXPECT(ours.range > 0); /* the culprit lies among them now and then */
    }
}

TEST(another_failure_is_never_taken_for_ours_and_git_takes_it) {
    EXPECT_INT(play(CONTEST_NOCTULE, WORLD_OTHER, 0).wrong, 0);
    EXPECT(play(CONTEST_PLAIN, WORLD_OTHER, 0).wrong > 0);
}

TEST(the_rule_of_any_failure_in_4_is_worse_than_one_run_and_both_than_ours) {
    struct contest_score one = play(CONTEST_PLAIN, WORLD_LINEAR, 0.02);
    struct contest_score four = play(CONTEST_ANY_OF_4, WORLD_LINEAR, 0.02);
    EXPECT(four.wrong > one.wrong);
    EXPECT(one.wrong > play(CONTEST_NOCTULE, WORLD_LINEAR, 0.02).wrong);
}

/* What each commit answers the one time it is asked, drawn before so that both can ask. */
struct answers {
    enum plain_word word[512];
};

static enum plain_word look_up(void *arg, size_t at) {
    return ((struct answers *)arg)->word[at];
}

static void draw(struct answers *a, struct world *w) {
    for (size_t t = 0; t < w->len; t++) {
        enum outcome outcome = world_run(w, t);
        a->word[t] = outcome == OUTCOME_SKIP   ? PLAIN_SKIP
                     : outcome == OUTCOME_PASS ? PLAIN_GOOD
                                               : PLAIN_BAD;
    }
}

/* Runs a line of shell in folder. */
static int sh(const char *folder, const char *line) {
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) != 0 || setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

static void write_file(const char *folder, const char *name, const struct buf *text) {
    struct buf path;
    buf_init(&path, 1 << 16);
    EXPECT_INT(file_replace(file_join(&path, folder, name), text->data, text->len), 0);
    buf_done(&path);
}

static int mark_of(int32_t t) {
    return t == ANCESTRY_NONE ? 1 : t + 2;
}

/* Mark 1 is the good end, mark t + 2 commit t; each holds its number in the file `id`. */
static void put_commit(struct buf *b, const struct world *w, int32_t t) {
    int len = snprintf(NULL, 0, "%d", mark_of(t));
    buf_printf(b,
               "commit refs/heads/trunk\nmark :%d\ncommitter T <t@localhost> %d +0000\ndata 1\nc\n",
               mark_of(t), 1700000000 + mark_of(t));
    for (size_t p = 0; t >= 0 && p < w->commits[t].parent_count; p++)
        buf_printf(b, "%s :%d\n", p ? "merge" : "from", mark_of(w->commits[t].parents[p]));
    buf_printf(b, "M 100644 inline id\ndata %d\n%d\n", len, mark_of(t));
}

static void make_repository(const char *folder, const struct world *w, const struct answers *a) {
    struct buf import, words;
    buf_init(&import, 1 << 20);
    buf_init(&words, 1 << 16);
    put_commit(&import, w, ANCESTRY_NONE);
    buf_puts(&words, "0\n");
    for (size_t t = 0; t < w->len; t++) {
        static const int codes[] = {0, 1, 125};
        put_commit(&import, w, (int32_t)t);
        buf_printf(&words, "%d\n", codes[a->word[t]]);
    }
    write_file(folder, "import", &import);
    write_file(folder, "words", &words);
    buf_done(&import);
    buf_done(&words);
    EXPECT_INT(sh(folder,
                  "git init -q repo && cd repo &&"
                  " git fast-import --quiet --export-marks=../marks <../import &&"
                  " git checkout -q trunk && sort -t: -k2n ../marks | cut -d' ' -f2 >../names &&"
                  " sed -n 1p ../names >../good && tail -n 1 ../names >../bad"),
               0);
}

/* The line of `names` (commits in order of their marks) that holds this commit, from 0. */
static size_t line_of(const char *names, const char *name) {
    const char *at = strstr(names, name);
    size_t line = 0;
    for (const char *c = names; at && c < at; c++)
        line += *c == '\n';
    return line;
}

enum { NAME = 41 }; /* of a line of names */

static void rank_names(const char *names, size_t len, uint32_t *rank) {
    for (size_t t = 0; t < len; t++)
        for (size_t u = 0; u < len; u++)
            rank[t] += strncmp(names + (u + 1) * NAME, names + (t + 1) * NAME, NAME - 1) < 0;
}

static void compare_with_git(enum world_kind kind, double flake, uint64_t seed) {
    struct world w;
    struct answers a;
    struct plain_answer ours;
    struct file names, said;
    uint32_t rank[512] = {0};
    char path[4200];
    const char *folder = test_folder();
    world_init(&w, kind, 12 + seed % 40, flake, seed);
    REQUIRE(w.len < 500);
    draw(&a, &w);
    make_repository(folder, &w, &a);
    EXPECT_INT(sh(folder,
                  "cd repo && git bisect start $(cat ../bad ../good) >/dev/null &&"
                  " git bisect run sh -c 'exit $(sed -n \"$(cat id)p\" ../words)' >../said 2>&1;"
                  " sed -n 's/^\\([0-9a-f]\\{40\\}\\)\\( is the first bad commit\\|$\\)/\\1/p' "
                  "../said | sort -u >../found"),
               0);
    snprintf(path, sizeof(path), "%s/names", folder);
    REQUIRE(file_read(&names, path, 1 << 20) == 0);
    snprintf(path, sizeof(path), "%s/found", folder);
    REQUIRE(file_read(&said, path, 1 << 20) == 0);
    rank_names((const char *)names.data, w.len, rank);
    plain_bisect(&ours, &w.ancestry, rank, look_up, &a);
    size_t found = said.size / NAME;
    bool same = found > 0;
    for (size_t i = 0; i < found; i++) {
        char name[NAME] = {0};
        memcpy(name, said.data + i * NAME, NAME - 1);
        same &= ours.range[line_of((const char *)names.data, name) - 1];
    }
    for (size_t t = 0; t < w.len; t++)
        found -= ours.range[t];
    (void)test_check(same && found == 0, __FILE__, __LINE__,
                     "git bisect run and plain.c agree on %s, flake %g, seed %u", world_name(kind),
                     flake, (unsigned)seed);
    free(ours.range);
    file_done(&names);
    file_done(&said);
    world_done(&w);
}

TEST(the_git_bisect_that_is_simulated_answers_as_git_does) {
    if (sh(".", "git --version >/dev/null 2>&1") != 0)
        test_skip("git is not installed");
    for (uint64_t seed = 1; seed <= GIT_WORLDS; seed++) {
        compare_with_git(WORLD_LINEAR, 0.1, seed);
        compare_with_git(WORLD_MERGES, seed % 2 ? 0.1 : 0, seed);
        compare_with_git(WORLD_SKIPS, 0, seed);
        compare_with_git(WORLD_UNBUILDABLE, 0.1, seed);
    }
}
