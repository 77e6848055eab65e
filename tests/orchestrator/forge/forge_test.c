/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/forge/forge.h"

#include <stdlib.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "tests/test.h"

TEST(addresses_of_git_name_repositories) {
    static const struct {
        const char *url, *repo;
    } rows[] = {
        {"https://github.com/up/engine.git",        "up/engine"       },
        {"https://github.com/up/engine/",           "up/engine"       },
        {"git@github.com:up/engine.git",            "up/engine"       },
        {"ssh://git@host:2222/up/engine",           "up/engine"       },
        {"https://gitlab.com/group/sub/engine.git", "group/sub/engine"},
        {"https://github.com/",                     NULL              },
        {"https://github.com/engine",               NULL              },
        {"/srv/git/engine",                         NULL              },
        {"",                                        NULL              },
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *repo = forge_repo_of(&arena, rows[i].url);
        test_check(rows[i].repo ? repo && strcmp(repo, rows[i].repo) == 0 : !repo, __FILE__,
                   __LINE__, "%s is %s", rows[i].url, repo ? repo : "nothing");
    }
    arena_done(&arena);
}

TEST(what_is_not_set_up_is_told_and_a_token_stays_where_it_is) {
    struct settings_forge s = {.context = "noctule"};
    struct arena arena;
    struct forge f;
    arena_init(&arena, 0);
    EXPECT_INT(forge_open(&f, &arena, &s, "https://h/a/b", NULL), ERR_NOTNOW);
    EXPECT_HAS(err_text(), "not set up");
    s.kind = "githb";
    EXPECT_INT(forge_open(&f, &arena, &s, "https://h/a/b", NULL), ERR_NOTNOW);
    EXPECT_HAS(err_text(), "no forge");
    s.kind = "gitea";
    EXPECT_INT(forge_open(&f, &arena, &s, "https://h/a/b", NULL), ERR_NOTNOW);
    EXPECT_HAS(err_text(), "git.forge.api");
    s.kind = "github";
    s.token_env = "NOCTULE_TEST_TOKEN";
    EXPECT_INT(forge_open(&f, &arena, &s, "/a/b", NULL), ERR_NOTNOW);
    EXPECT_HAS(err_text(), "git.forge.repo");
    EXPECT_INT(forge_open(&f, &arena, &s, "https://h/a/b", NULL), ERR_NOTNOW);
    EXPECT_HAS(err_text(), "there is no token");
    EXPECT_INT(setenv("NOCTULE_TEST_TOKEN", "sesame\nX: y", 1), 0);
    EXPECT_INT(forge_open(&f, &arena, &s, "https://h/a/b", NULL), ERR_NOTNOW);
    EXPECT(!strstr(err_text(), "sesame"));
    EXPECT_INT(setenv("NOCTULE_TEST_TOKEN", "sesame", 1), 0);
    REQUIRE(forge_open(&f, &arena, &s, "https://h/a/b", NULL) == 0);
    EXPECT_STR(f.secret, "Authorization: Bearer sesame");
    EXPECT_STR(f.repo, "a/b");
    arena_done(&arena);
}

TEST(a_token_is_not_sent_in_the_clear_to_another_machine) {
    static const char *const urls[] = {"http://example.org/", "http://127.0.0.1.example.org/",
                                       "http://localhost@example.org/", "ftp://127.0.0.1/"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        const struct http_request r = {.method = "GET", .url = urls[i], .secret = "A: b"};
        struct http_reply reply;
        EXPECT_INT(http_send(&r, &reply), ERR_NOTNOW);
        EXPECT_HAS(err_text(), "plain http");
    }
}

TEST(a_printed_request_hides_its_secret_and_an_escaped_word_its_marks) {
    const struct http_request r = {
        .method = "POST",
        .url = "https://h/x",
        .headers = {"Accept: y", NULL},
        .secret = "PRIVATE-TOKEN: sesame",
        .body = "{}"
    };
    struct buf out;
    buf_init(&out, 4096);
    http_print(&out, &r);
    EXPECT_STR(out.data, "POST https://h/x\nAccept: y\nPRIVATE-TOKEN: (not shown)\n\n{}\n");
    buf_reset(&out);
    http_escape(&out, "up/a b&c=ä~");
    EXPECT_STR(out.data, "up%2Fa%20b%26c%3D%C3%A4~");
    buf_done(&out);
}
