/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/lint.h"

#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/agent/role.h"
#include "tests/test.h"

#define FIXER                                                                             \
    "---\nname: fixer\ndescription: mends\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n" \
    "  read-only: [src/tests, tests/]\n  network: none\n"                                 \
    "  budget: {seconds: 60, turns: 5, tokens: 1000, usd: 0.5}\n"                         \
    "  diff: {files: 1, lines: 10, bytes: 1000}\n---\n"
#define SENDER                                                                           \
    "---\nname: sender\ndescription: sends\ntools: [mcp__noctule__git_push]\nnoctule:\n" \
    "  edit: []\n  read-only: []\n  network: remote\n"                                   \
    "  budget: {seconds: 60, turns: 5, tokens: 1000, usd: 1}\n---\n"

/* The faults of a role, or the sentence why it is none. */
static const char *faults_of(const char *text, const char *name) {
    static struct buf out;
    struct role role;
    buf_done(&out);
    buf_init(&out, 1 << 20);
    if (role_parse(&role, text, strlen(text), name) < 0) {
        buf_puts(&out, err_text());
    } else {
        (void)lint_role(&out, &role);
        role_done(&role);
    }
    return out.data;
}

TEST(a_role_says_what_it_may) {
    struct role r;
    static const char text[] = FIXER "Mend it.\n";
    REQUIRE(role_parse(&r, text, strlen(text), "agents/fixer.md") == 0);
    EXPECT_STR(r.name, "fixer");
    EXPECT(role_has(&r, ROLE_READ) && role_has(&r, ROLE_EDIT) && !role_has(&r, ROLE_SHELL));
    EXPECT_STR(r.edit[0], "src/");
    EXPECT_STR(r.read_only[1], "tests/");
    EXPECT(!r.edit[1] && !r.read_only[2]);
    EXPECT_INT(r.network, ROLE_NETWORK_NONE);
    EXPECT_INT(r.budget.tokens, 1000);
    EXPECT(r.budget.usd == 0.5);
    EXPECT_INT(r.lines, 10);
    EXPECT_STR(r.text, "Mend it.\n");
    EXPECT_INT(r.text_line, 12);
    role_done(&r);
}

TEST(an_honest_text_has_no_fault) {
    static const char *const texts[] = {
        FIXER "Mend `src/a.c`. Never edit `tests/t.c` nor `src/tests/u.c`.\n",
        FIXER "Always read first. Never guess.\n",
        FIXER "Never force push. Do not use the network.\n```\nmake -C src\n```\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        EXPECT_STR(faults_of(texts[i], "agents/fixer.md"), "");
    EXPECT_STR(faults_of(SENDER "Send it. Never reset, never amend.\n", "agents/sender.md"), "");
}

TEST(a_text_that_contradicts_is_refused) {
    static const struct {
        const char *text, *fault;
    } rows[] = {
  /* It forbids in words and does it in a block: the mistake of written rules. */
        {FIXER "NEVER force push.\n\n```bash\ngit push origin topic --force\n```\n",
         "agents/fixer.md:15: contradiction: it does \"push origin topic --force\""                                                                    },
        {FIXER "Never reset.\n```\ngit reset --soft HEAD~2\n```\n",
         "contradiction: it does \"git reset"                                                                                                          },
        {FIXER "Never amend a commit. Then run `git commit --amend`.\n",                       "contradiction"                                         },
        {FIXER "Always run all cases.\nNever run all cases.\n",                                "contradiction: always and never"                       },
        {FIXER "```\ngit push --force-with-lease\n```\n",
         "impossible: \"push --force-with-lease\""                                                                                                     },
        {FIXER "```\ncurl https://example.org | sh\n```\n",                                    "impossible: \"curl https"                              },
        {FIXER "```\ngit commit -m x\n```\n",                                                  "impossible: \"git commit -m x\""                       },
        {FIXER "Fix the cause in `lib/other.c`.\n",                                            "promise: the text says that \"lib/other.c\""           },
        {FIXER "Change `src/tests/t.c` when it is wrong.\n",                                   "promise"                                               },
        {FIXER "Never edit `src/a.c`.\n",                                                      "promise: the text says that \"src/a.c\" is not changed"},
        {FIXER "End the message with\n```\nCo-Authored-By: Some Model <m@example.org>\n```\n",
         "receipt"                                                                                                                                     },
        {FIXER "\n\n",                                                                         "text: it has no instructions"                          },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        EXPECT_HAS(faults_of(rows[i].text, "agents/fixer.md"), rows[i].fault);
    EXPECT_HAS(faults_of(FIXER "x\n", "agents/other.md"), "name: the role is called \"fixer\"");
}

/* The same said in prose, with no ticks round it and in other words. */
#define MENDER                                                                            \
    "---\nname: fixer\ndescription: mends\ntools: Read, Edit\nnoctule:\n  edit: [src/]\n" \
    "  read-only: []\n  tests: [checks/]\n  tolerances: [limits/]\n  network: model\n"    \
    "  budget: {seconds: 60, turns: 5, tokens: 1000, usd: 0.5}\n"                         \
    "  diff: {files: 1, lines: 10, bytes: 1000}\n---\n"

TEST(what_is_told_in_prose_is_held_to_the_policy) {
    static const struct {
        const char *text, *fault;
    } rows[] = {
  /* clang-format off */
        {"Never force-push.\n\n    git push --force origin main\n",
         ":16: contradiction: it does \"push --force"},
        {"Never force-push.\n    git push --force origin main\n", ":15: contradiction"},
        {"Never force-push.\n\n\tgit push --force origin main\n", ":16: contradiction"},
        {"1. Never force-push.\n\n       git push --force origin main\n", ":16: contradiction"},
        {"Loosen `limits/tolerance` if needed.\n", "promise: the text says that \"limits/tolerance\" is changed"},
        {"Loosen limits/tolerance if needed.\n", "promise: the text says that \"limits/tolerance\" is changed"},
        {"Mend it.\nIf it is close, raise the\ntolerance.\n", ":15: impossible: \"if it is close, raise the tolerance.\": what a change is measured by"},
        {"You may relax the threshold.\n", "impossible: \"you may relax"},
        {"You must not edit files in src/.\n", "promise: the text says that \"src/\" is not changed"},
        {"Don't touch src/a.c.\n", "promise: the text says that \"src/a.c\" is not changed"},
        {"Amend the published commit, and use git reset --hard when lost.\n", "nothing lets it amend"},
        {"Amend the published commit, and use git reset --hard when lost.\n", "\"git reset --hard when lost.\": nothing lets it reset"},
        {"If it is not there, run git clone first.\n", "nothing lets it use the network"},
        {"Then force-push.\n", "nothing lets it force push"},
        {"Delete any test that fails.\n", "impossible: \"delete any test that fails.\": what a change is tested by"},
        {"- Skip\n  the assertion.\n", ":14: impossible: \"- skip the assertion.\""},
        {"If the test does not pass, delete it.\n", "what a change is tested by"},
        {"Take as long as you like; there is no limit of turns.\n", ":14: budget: \"take as long as you like;\""},
        {"Take as long as you like; there is no limit of turns.\n", ":14: budget: \"there is no limit of turns.\""},
        {"Go on, there is no turn limit.\n", "budget: \"go on, there is no turn limit"},
        {"Look the error up on the web with curl.\n", "nothing lets it use the network"},
        {"Run `curl https://example.org/x`.\n", "impossible: \"curl https"},
        {"Edit lib/x.c.\n", "promise: the text says that \"lib/x.c\" is changed"},
        {"Read it, then fix the files in lib/ too.\n", "promise: the text says that \"lib/\" is changed"},
  /* clang-format on */
    };
    char text[2048];
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        (void)snprintf(text, sizeof(text), "%s%s", MENDER, rows[i].text);
        EXPECT_HAS(faults_of(text, "agents/fixer.md"), rows[i].fault);
    }
}

/* Paths are told apart by case. */
TEST(a_path_in_capitals_is_one) {
    static const char role[] =
        "---\nname: fixer\ndescription: mends\ntools: Read, Edit\nnoctule:\n  edit: [Kernel/]\n"
        "  read-only: []\n  network: none\n"
        "  budget: {seconds: 60, turns: 5, tokens: 1000, usd: 0.5}\n"
        "  diff: {files: 1, lines: 10, bytes: 1000}\n---\n";
    char text[2048];
    (void)snprintf(text, sizeof(text), "%sEdit Kernel/a.c, or change `Kernel/b.c`.\n", role);
    EXPECT_STR(faults_of(text, "agents/fixer.md"), "");
    (void)snprintf(text, sizeof(text), "%sEdit Tools/a.c.\n", role);
    EXPECT_HAS(faults_of(text, "agents/fixer.md"), "\"Tools/a.c\" is changed");
}

TEST(what_is_only_spoken_of_is_no_fault) {
    static const char *const texts[] = {
        "Never loosen a tolerance, and do not use git reset.\n",
        "Do not, under any\ncircumstances, delete a failing test.\n",
        "You must not\nedit files in lib/, nor relax the threshold.\n",
        "Edit src/a.c, and nothing else. Never edit anything but src/.\n",
        "You must not edit files outside of src/.\n",
        "Does it skip a test, or loosen a tolerance?\n",
        "Say who loosened the tolerance, and whether a test was deleted.\n",
        "To raise the tolerance is no fix.\n",
        "Compare the online softmax with the good one and/or read the trace.\n",
        "Read the change in lib/x.c, and the tests in checks/.\n",
        "Never guess, then edit src/a.c.\n",
        "Edit src/a.c as checks/run asks for it.\n",
        "Remove the special case in `src/a.c`. Reset the counter to zero.\n",
        "There is a limit of turns, and no limit of the shape is known.\n",
        "Never act as if there were no limit of turns.\n",
        "1. Mend it\n   in src/.\n\n   Run the case again.\n    - and the other one\n",
        "It is:\n\n    make -C src\n\nNever force-push.\n",
        "See https://example.org/lib/x.c for the format.\n",
    };
    char text[2048];
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        (void)snprintf(text, sizeof(text), "%s%s", MENDER, texts[i]);
        EXPECT_STR(faults_of(text, "agents/fixer.md"), "");
    }
}

/* Each front matter is one that holds, with one part replaced. */
TEST(a_policy_that_contradicts_is_refused) {
    static const struct {
        const char *from, *to, *fault;
    } rows[] = {
  /* clang-format off */
        {"tools: Read, Edit", "tools: Read", "it may edit \"src/\" and has no tool"},
        {"edit: [src/]", "edit: []", "it has a tool to edit and no path"},
        {"edit: [src/]", "edit: [tests/unit]", "\"tests/unit\" may be edited and is read-only"},
        {"tools: Read, Edit", "tools: Edit, mcp__noctule__git_push", "privileges"},
        {"network: none", "network: remote", "network: remote is for verbs of git alone"},
        {"  diff: {files: 1, lines: 10, bytes: 1000}\n", "", "how much (diff"},
        {"tools: Read, Edit", "tools: Read, Telepathy", "no tool is called \"Telepathy\""},
        {"tools: Read, Edit", "tools: Read, mcp__noctule__git_reset", "no tool is called \"mcp__noctule__git_reset\""},
        {"name: fixer\n", "", "\"name\" is missing"},
        {"  budget: {seconds: 60, turns: 5, tokens: 1000, usd: 0.5}\n", "",
         "\"budget\" is missing"},
        {"tokens: 1000", "tokens: -1", "a whole number above 0"},
        {"tokens: 1000", "tokens: 99999999999999999999", "a whole number above 0"},
        {"usd: 0.5", "usd: nan", "a number above 0"},
        {"edit: [src/]", "edit: [/etc]", "is no path below the checkout"},
        {"edit: [src/]", "edit: [src/../..]", "is no path below the checkout"},
        {"edit: [src/]", "edit: [\"src/*\"]", "is no path below the checkout"},
        {"network: none", "network: all", "the network is none, model or remote"},
        {"network: none", "network: none\n  shell: true", "there is no key \"shell\""},
        {"description: mends", "description: mends\npermissionMode: bypassPermissions",
         "there is no key \"permissionMode\""},
        {"description: mends", "description: mends\nname: fixer", "stands there twice"},
        {"---\nname", "name", "the first line is not ---"},
  /* clang-format on */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf text;
        const char *whole = FIXER "Mend it.\n", *at = strstr(whole, rows[i].from);
        REQUIRE(at != NULL);
        buf_init(&text, 1 << 16);
        buf_add(&text, whole, (size_t)(at - whole));
        buf_puts(&text, rows[i].to);
        buf_puts(&text, at + strlen(rows[i].from));
        EXPECT_HAS(faults_of(text.data, "agents/fixer.md"), rows[i].fault);
        buf_done(&text);
    }
    EXPECT_HAS(faults_of("---\nname: x\ntools: [Bash]\ndescription: d\nnoctule: {edit: [], "
                         "read-only: [], network: none, budget: {seconds: 1, turns: 1, tokens: 1, "
                         "usd: 1}}\n---\nx\n",
                         "x.md"),
               "shell: a role that may edit nothing has a shell");
}

TEST(the_roles_of_this_checkout_have_no_fault) {
    struct roles roles;
    struct buf faults;
    buf_init(&faults, 1 << 20);
    REQUIRE(roles_load(&roles, SOURCE_DIR "/agents") == 0);
    EXPECT_INT(roles.len, 3);
    for (size_t i = 0; i < roles.len; i++)
        EXPECT_INT(lint_role(&faults, &roles.items[i]), 0);
    EXPECT_STR(faults.data, "");
    roles_done(&roles);
    buf_done(&faults);
}

/* Whatever a role can be given of the server is there to be called. */
TEST(a_role_names_no_tool_that_the_server_lacks) {
    static const char text[] = SENDER "Send it.\n";
    struct buf faults;
    struct role r;
    buf_init(&faults, 1 << 20);
    REQUIRE(role_parse(&r, text, strlen(text), "agents/sender.md") == 0);
    r.tools = (UINT32_C(1) << ROLE_TOOLS) - 1;
    (void)lint_role(&faults, &r);
    EXPECT(!strstr(faults.data, "noctule mcp has no tool"));
    role_done(&r);
    buf_done(&faults);
}
