/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/line.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "tests/test.h"

static const char *const joins[] = {"", ";", "&&", "||", "|"};

/* "<ls> <-l> ; <cat> >f", or the sentence. */
static char *shown(const char *text) {
    struct arena arena;
    struct line line;
    struct buf b;
    buf_init(&b, 1 << 20);
    arena_init(&arena, 0);
    if (line_parse(&line, &arena, text, strlen(text)) < 0) {
        buf_puts(&b, err_text());
        line.len = 0;
    }
    for (size_t i = 0; i < line.len; i++) {
        const struct line_command *c = &line.commands[i];
        for (size_t k = 0; k < c->argc; k++)
            buf_printf(&b, "<%s>", c->argv[k]);
        for (size_t k = 0; k < c->redirect_count; k++)
            buf_printf(&b, "%c%s", c->redirects[k].write ? '>' : '<', c->redirects[k].path);
        buf_puts(&b, joins[c->join]);
    }
    arena_done(&arena);
    return buf_detach(&b);
}

static void expect_line(const char *text, const char *want) {
    char *got = shown(text);
    (void)test_check(strcmp(got, want) == 0, __FILE__, __LINE__, "%s: %s, not %s", text, got, want);
    free(got);
}

static void expect_refused(const char *text, const char *part) {
    char *got = shown(text);
    (void)test_check(*got != '<' && strstr(got, part), __FILE__, __LINE__, "%s: %s lacks %s", text,
                     got, part);
    free(got);
}

TEST(words_and_quotes_are_what_a_shell_makes_of_them) {
    expect_line("ls -l", "<ls><-l>");
    expect_line("\t ls\t-l  ", "<ls><-l>");
    expect_line("grep 'a b' \"c d\"", "<grep><a b><c d>");
    expect_line("r''m -r\"\"f x", "<rm><-rf><x>");
    expect_line("echo ''", "<echo><>");
    expect_line("echo 'it'\"'\"'s'", "<echo><it's>");
    expect_line("echo \"a\\\"b\\\\c\\$d\\.\"", "<echo><a\"b\\c$d\\.>");
    expect_line("git log HEAD~2 a#b", "<git><log><HEAD~2><a#b>");
    expect_line("echo 'caf\xc3\xa9'", "<echo><caf\xc3\xa9>");
    expect_line("make -j4 X=1", "<make><-j4><X=1>");
}

TEST(commands_are_read_one_by_one) {
    expect_line("a && b || c ; d | e", "<a>&&<b>||<c>;<d>|<e>");
    expect_line("a;b;", "<a>;<b>");
    expect_line("a\n\nb\n", "<a>;<b>");
    expect_line("a &&\n b", "<a>&&<b>");
    expect_line("a <in >out 2>>err b", "<a><b><in>out>err");
    expect_line("a 2>&1 | b", "<a>|<b>");
    expect_line("a2>out", "<a2>>out");
    expect_line("a >&2", "<a>");
}

TEST(what_a_shell_would_expand_is_refused) {
    static const char *const rows[][2] = {
        {"rm${IFS}-rf x",  "\"$\""    },
        {"$X -rf x",       "\"$\""    },
        {"echo $(id)",     "\"$\""    },
        {"echo `id`",      "\"`\""    },
        {"echo \"$(id)\"", "'…'"    },
        {"echo \"`id`\"",  "'…'"    },
        {"r\\m x",         "backslash"},
        {"ls *",           "pattern"  },
        {"ls a?",          "pattern"  },
        {"ls [ab]",        "pattern"  },
        {"ls {a,b}",       "braces"   },
        {"(ls)",           "group"    },
        {"ls ~",           "\"~\""    },
        {"ls a:~",         "\"~\""    },
        {"ls --x=~/y",     "\"~\""    },
        {"! ls",           "\"!\""    },
        {"echo \"a!b\"",   "\"!\""    },
        {"ls # x",         "comment"  },
        {"=ls",            "\"=\""    },
        {"X=1 ls",         "variable" },
        {"'X=1' ls",       "variable" },
        {"ls $'a'",        "\"$\""    },
        {"ls caf\xc3\xa9", "quoted"   },
        {"ls a^b",         "quoted"   },
        {"ls \"a\\\nb\"",  "backslash"},
        {"ls a\\\nb",      "backslash"},
        {"ls <(id)",       "only"     },
        {"ls >(id)",       "only"     },
        {"ls a\xc2\xa0"
         "b",     "quoted"   },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_refused(rows[i][0], rows[i][1]);
}

TEST(what_is_no_simple_command_is_refused) {
    static const char *const rows[][2] = {
        {"",            "no command"   },
        {" \n ",        "no command"   },
        {"ls &",        "background"   },
        {"a & b",       "background"   },
        {"a |& b",      "|&"           },
        {"a ;; b",      ";;"           },
        {"a && ",       "missing"      },
        {"| a",         "missing"      },
        {"; a",         "missing"      },
        {"a && && b",   "missing"      },
        {">f",          "missing"      },
        {"a >",         "missing"      },
        {"a > > b",     "missing"      },
        {"a <<E\nx\nE", "here-document"},
        {"a <<<x",      "here-document"},
        {"a <>f",       "only"         },
        {"a >|f",       "only"         },
        {"a >&f",       "only"         },
        {"a &>f",       "background"   },
        {"a 3>f",       "stream"       },
        {"a 12>f",      "stream"       },
        {"a <&9",       "only"         },
        {"a 'b",        "not closed"   },
        {"a \"b",       "not closed"   },
        {"a\rb",        "control"      },
        {"a '\x1b'",    "control"      },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_refused(rows[i][0], rows[i][1]);
}

TEST(limits_are_kept) {
    struct buf b;
    struct arena arena;
    struct line line;
    buf_init(&b, 1 << 20);
    for (int i = 0; i <= LINE_COMMANDS_MAX; i++)
        buf_puts(&b, "a;");
    expect_refused(b.data, "commands");
    buf_reset(&b);
    for (int i = 0; i <= LINE_WORDS_MAX; i++)
        buf_puts(&b, "a ");
    expect_refused(b.data, "words");
    buf_reset(&b);
    for (int i = 0; i <= LINE_BYTES_MAX; i++)
        buf_putc(&b, 'a');
    expect_refused(b.data, "bytes");
    buf_done(&b);
    arena_init(&arena, 0);
    EXPECT_INT(line_parse(&line, &arena, "a\0b", 3), ERR_FORMAT);
    arena_done(&arena);
}
