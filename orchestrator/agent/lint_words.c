/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/lint_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "orchestrator/agent/role.h"
#include "orchestrator/git/changes.h"

/* Who edits tests by trade, as far as the policy lets him, may also take one away. */
static bool edits_tests(const struct role *r) {
    for (const char **p = r->edit; *p; p++)
        if (strstr(*p, "test"))
            return true;
    return false;
}

/* clang-format off */
const struct lint_ask lint_asks[] = {
    {"impossible", {"loosen", "relax", "raise", "widen", "weaken", "increase", "lower"},
     {"tolerance", "tolerances", "threshold", "thresholds", "expectation", "expectations"},
     "what a change is measured by stays as it is, and a tree that loosens it is refused", NULL, false},
    {"impossible", {"delete", "remove", "skip", "disable", "drop", "weaken", "comment out", "mute", "xfail"},
     {"test", "tests", "assertion", "assertions", "failing case", "failing cases"},
     "what a change is tested by stays, and a tree without it is refused", edits_tests, false},
    {"impossible", {"look", "search", "browse", "google", "download", "fetch", "consult", "use", "ask", "curl", "wget"},
     {"the web", "the internet", "internet", "curl", "wget", "http:", "https:", "stack overflow"},
     "nothing lets it use the network", NULL, false},
    {"impossible", {"amend"}, {"commit", "commits", "it", "history"},
     "nothing lets it amend", NULL, false},
    {"impossible", {"force-push", "force push", "push --force"}, {NULL},
     "nothing lets it force push", NULL, false},
    {"impossible", {"reset"}, {"branch", "the head", "commit", "--hard"},
     "nothing lets it reset", NULL, false},
    {"impossible", {"rewrite"}, {"history"},
     "nothing lets it rewrite history", NULL, false},
    {"impossible", {"bypass", "skip", "disable"}, {"hook", "hooks"},
     "nothing lets it skip hooks", NULL, false},
    {"budget", {"no limit", "no limits", "no budget", "without limit", "without a limit", "unlimited"},
     {"turn", "turns", "token", "tokens", "time", "money", "seconds", "calls", "usd", "cost"},
     "its budget is a limit, at which it is cut", NULL, true},
    {"budget",
     {"as long as you like", "as long as you want", "as long as you need",
      "as many turns as you", "as many tokens as you", "as much time as you", "take all the time",
      "no turn limit", "no time limit", "no token limit"},
     {NULL},
     "its budget is a limit, at which it is cut", NULL, true},
    {0},
};
/* clang-format on */

/* "If it does not pass, …" forbids nothing: where what is said begins. */
static const char *behind_condition(const char *text) {
    static const char *const words[] = {"if ", "when ", "where ", "once ", "as soon as "};
    const char *comma = strchr(text, ',');
    for (size_t i = 0; comma && i < sizeof(words) / sizeof(*words); i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return comma;
    return text;
}

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

const char *lint_words_find(const char *text, const char *word) {
    size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++) {
        bool begins = at == text || !is_letter(at[-1]) || *word == '-';
        if (begins && (!is_letter(at[len]) || !is_letter(word[len - 1])))
            return at;
    }
    return NULL;
}

bool lint_words_forbid(const char *text, const char *end) {
    static const char *const words[] = {"never",   "not",        "cannot",   "no",
                                        "without", "instead of", "read-only"};
    static const char *const parts[] = {"n't", "n’t", "refuse", "forbid"};
    const char *from = behind_condition(text), *at = NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if ((at = lint_words_find(from, words[i])) != NULL && (!end || at < end))
            return true;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if ((at = strstr(from, parts[i])) != NULL && (!end || at < end))
            return true;
    return false;
}

static bool ends_with_any(const char *text, size_t len, const char *const *words) {
    for (; *words; words++) {
        size_t n = strlen(*words);
        if (len >= n && memcmp(text + len - n, *words, n) == 0 &&
            (len == n || !is_letter(text[len - n - 1]) || !is_letter(**words)))
            return true;
    }
    return false;
}

/* How much of text stands before at, without blanks and what decorates a word. */
static size_t before(const char *text, const char *at) {
    size_t len = (size_t)(at - text);
    while (len && strchr(" *_`\"'(>", text[len - 1]))
        len--;
    return len;
}

bool lint_words_order(const char *text, const char *at) {
    static const char *const words[] = {
        ",",       ":",       "-",          "+",           "and",       "then",   "or",
        "you may", "you can", "you should", "you must",    "you could", "please", "just",
        "simply",  "always",  "also",       "otherwise",   "you will",  "you to", "allowed to",
        "free to", "first",   "if needed",  "if it fails", NULL};
    size_t len = before(text, at), all = strlen(text);
    if (all && text[all - 1] == '?')
        return false;
    return len == 0 || ends_with_any(text, len, words);
}

bool lint_words_ban(const char *text, const char *at) {
    static const char *const words[] = {"not",   "never",     "don't",  "don’t", "can't", "mustn't",
                                        "won't", "shouldn't", "cannot", "nor",   NULL};
    return ends_with_any(text, before(text, at), words);
}

static bool has_object(const struct lint_ask *ask, const char *text, const char *behind) {
    if (!ask->objects[0])
        return true;
    bool pointed = strncmp(behind, " it", 3) == 0 || strncmp(behind, " them", 5) == 0;
    for (size_t i = 0; i < 16 && ask->objects[i]; i++)
        if (lint_words_find(pointed ? text : behind, ask->objects[i]))
            return true;
    return false;
}

bool lint_words_ask(const struct lint_ask *ask, const char *text) {
    for (size_t i = 0; i < 14 && ask->verbs[i]; i++) {
        const char *verb = ask->verbs[i], *at = text;
        for (; (at = lint_words_find(at, verb)); at++)
            if ((ask->said || lint_words_order(text, at)) && !lint_words_forbid(text, at) &&
                has_object(ask, text, at + strlen(verb)))
                return true;
    }
    return false;
}

bool lint_words_use(const char *text, const char *command) {
    static const char *const words[] = {"use", "run", "call", "try", "execute", "type", NULL};
    size_t len = before(text, command);
    for (size_t i = 0; words[i]; i++) {
        const char *const one[] = {words[i], NULL};
        if (ends_with_any(text, len, one) && lint_words_order(text, text + len - strlen(words[i])))
            return true;
    }
    return false;
}

/* ---- paths ---- */

/* "and/or" is none. */
static bool is_bare_path(const struct role *role, const char *path) {
    const char *const *const lists[] = {role->edit, role->read_only, role->tests, role->tolerances};
    size_t len = strlen(path), first = strcspn(path, "/");
    const char *suffix = strrchr(strrchr(path, '/'), '.');
    if (len < 3 || first == 0)
        return false;
    if (path[len - 1] == '/' || (suffix && isalpha((unsigned char)suffix[1])))
        return true;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char *const *p = lists[i]; p && *p; p++)
            if (strncmp(*p, path, first + 1) == 0 || changes_has_prefix(lists[i], path))
                return true;
    return false;
}

/* What stands at `at` up to a blank, a tick or, within ticks, the second of them. Its length. */
static size_t take_word(const char *at, bool *ticked) {
    *ticked = *at == '`' && strchr(at + 1, '`');
    return *ticked ? strcspn(at + 1, "`") : strcspn(at, " `");
}

const char *lint_words_path(const char **at, const struct role *role, char *out, size_t room,
                            bool *bare) {
    while (**at) {
        bool ticked;
        size_t len = take_word(*at, &ticked);
        const char *begin = *at + ticked;
        *at = begin + len + (ticked || begin[len] == ' ' || (len == 0 && *begin));
        while (!ticked && len && strchr("\"'(*_[", *begin))
            begin++, len--;
        while (!ticked && len && strchr("\"')*_].,:;!?", begin[len - 1]))
            len--;
        (void)snprintf(out, room, "%.*s", (int)(len < room ? len : room - 1), begin);
        *bare = !ticked;
        if (strchr(out, '/') && !strpbrk(out, " *<>{}$") && (ticked || is_bare_path(role, out)) &&
            !strstr(out, "://"))
            return begin;
    }
    return NULL;
}
